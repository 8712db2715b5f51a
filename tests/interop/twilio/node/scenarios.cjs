// What Twilio's Node SDK is asked to do here. Each scenario throws, or is well; one line of JSON is printed for each.
//
// TALK (environment): JSON with url, account {sid, token}, other {sid, token}, calls (SIDs, the youngest first),
// things (SIDs by the path of their list), phone, document, moved.
'use strict'
const assert = require('node:assert/strict')
const twilio = require('twilio')

const talk = JSON.parse(process.env.TALK)
const NOWHERE = 'http://127.0.0.1:9/nothing'

class Here extends twilio.RequestClient {
  request(options) {
    assert.match(options.uri, /^https:\/\/api\.twilio\.com\/2010-04-01\//)
    return super.request({ ...options, uri: options.uri.replace('https://api.twilio.com', talk.url) })
  }
}

const login = ({ sid, token }) => twilio(sid, token, { httpClient: new Here() })
const client = login(talk.account)

const refused = (work, status, code) =>
  assert.rejects(work, (error) => {
    assert.equal(error.constructor.name, 'RestException')
    assert.deepEqual([error.status, error.code], [status, code])
    assert.ok(error.message && error.moreInfo)
    return true
  })

const sids = (items) => items.map((item) => item.sid)

const scenarios = {}

scenarios.accounts = async () => {
  const made = await client.api.v2010.accounts.create({ friendlyName: 'Made by Node' })
  assert.deepEqual([made.friendlyName, made.status, made.ownerAccountSid], ['Made by Node', 'active', talk.account.sid])
  assert.ok(made.dateCreated instanceof Date && !Number.isNaN(made.dateCreated.getTime()))
  const itself = login({ sid: made.sid, token: made.authToken })
  assert.equal((await itself.api.v2010.accounts(made.sid).fetch()).sid, made.sid)
  const changed = await client.api.v2010.accounts(made.sid).update({ friendlyName: 'Renamed', status: 'suspended' })
  assert.deepEqual([changed.friendlyName, changed.status], ['Renamed', 'suspended'])
  await refused(itself.api.v2010.accounts(made.sid).fetch(), 403, 20005)
  assert.deepEqual(sids(await client.api.v2010.accounts.list({ friendlyName: 'Renamed' })), [made.sid])
  assert.equal((await client.api.v2010.accounts(made.sid).update({ status: 'closed' })).status, 'closed')
}

scenarios.callsPageByPage = async () => {
  assert.deepEqual(sids(await client.calls.list({ pageSize: 20, from: '+14155550000' })), talk.calls)
  const seen = []
  await client.calls.each({ pageSize: 50, limit: 55, from: '+14155550000', callback: (call) => seen.push(call.sid) })
  assert.deepEqual(seen.slice(0, 55), talk.calls.slice(0, 55))
  const first = await client.calls.page({ pageSize: 50, from: '+14155550000' })
  const second = await first.nextPage()
  assert.deepEqual(sids(second.instances), talk.calls.slice(50, 100))
  assert.deepEqual(sids((await second.previousPage()).instances), talk.calls.slice(0, 50))
  assert.equal((await second.nextPage()).nextPageUrl, undefined)
  assert.deepEqual(sids((await client.calls.getPage(first.nextPageUrl)).instances), talk.calls.slice(50, 100))
}

scenarios.callsLookedFor = async () => {
  const completed = await client.calls.list({ status: 'completed', from: '+14155550000' })
  assert.equal(completed.length, Math.floor(talk.calls.length / 2))
  const hourAgo = new Date(Date.now() - 3600_000)
  const recent = await client.calls.list({ startTimeAfter: hourAgo, from: '+14155550000' })
  const earlier = await client.calls.list({ startTimeBefore: hourAgo, from: '+14155550000' })
  assert.equal(recent.length + earlier.length, talk.calls.length)
}

scenarios.aCallIsRead = async () => {
  const call = await client.calls(talk.calls[3]).fetch()
  assert.deepEqual([call.to, call.from, call.status, call.direction], ['+14155550003', '+14155550000', 'completed', 'inbound'])
  assert.deepEqual([call.duration, call.priceUnit, call.parentCallSid], ['3', 'USD', null])
  assert.equal(call.endTime - call.startTime, 3000)
  assert.deepEqual(await client.calls(call.sid).recordings.list(), [])
  assert.deepEqual(await client.calls(call.sid).notifications.list(), [])
}

scenarios.aLiveCallIsMovedAndEnded = async () => {
  const made = await client.calls.create({ to: talk.phone, from: '+14155550001', url: talk.document })
  assert.deepEqual([made.status, made.direction], ['queued', 'outbound-api'])
  const until = async (status) => {
    for (let tries = 0; tries < 100; tries++) {
      if ((await client.calls(made.sid).fetch()).status === status) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.fail(`the call is never ${status}`)
  }
  await until('in-progress')
  assert.equal((await client.calls(made.sid).update({ url: talk.moved })).sid, made.sid)
  assert.equal((await client.calls(made.sid).update({ status: 'completed' })).status, 'completed')
  await refused(client.calls(made.sid).update({ status: 'completed' }), 400, 21220)
}

scenarios.messages = async () => {
  const made = await client.messages.create({ to: '+14155550211', from: '+14155550212', body: 'Grüße' })
  assert.deepEqual([made.to, made.from, made.body, made.direction], ['+14155550211', '+14155550212', 'Grüße', 'outbound-api'])
  assert.equal((await client.messages(made.sid).fetch()).body, 'Grüße')
  assert.deepEqual(sids(await client.messages.list({ to: '+14155550211' })), [made.sid])
}

scenarios.recordingsAndTranscriptions = async () => {
  const recording = await client.recordings(talk.things.Recordings).fetch()
  assert.deepEqual([recording.status, recording.channels], ['completed', 1])
  assert.ok(sids(await client.recordings.list()).includes(recording.sid))
  const transcription = await client.transcriptions(talk.things.Transcriptions).fetch()
  assert.equal(transcription.status, 'completed')
  assert.ok(sids(await client.transcriptions.list()).includes(transcription.sid))
  assert.equal(await transcription.remove(), true)
  assert.equal(await recording.remove(), true)
  await refused(recording.fetch(), 404, 20404)
  await refused(recording.remove(), 404, 20404)
}

scenarios.incomingPhoneNumbers = async () => {
  const made = await client.incomingPhoneNumbers.create({ phoneNumber: '+14155550261', voiceUrl: NOWHERE })
  assert.deepEqual([made.phoneNumber, made.friendlyName, made.voiceUrl], ['+14155550261', '(415) 555-0261', NOWHERE])
  assert.equal(made.capabilities.voice, true)
  const changed = await made.update({ friendlyName: 'Desk', voiceMethod: 'GET' })
  assert.deepEqual([changed.friendlyName, changed.voiceMethod], ['Desk', 'GET'])
  assert.deepEqual(sids(await client.incomingPhoneNumbers.list({ phoneNumber: '0261' })), [made.sid])
  assert.equal(await made.remove(), true)
  await refused(client.incomingPhoneNumbers(made.sid).fetch(), 404, 20404)
}

scenarios.availablePhoneNumbers = async () => {
  const countries = await client.availablePhoneNumbers.list()
  assert.ok(countries.some((one) => one.countryCode === 'US' && one.country === 'United States'))
  assert.equal((await client.availablePhoneNumbers('GB').fetch()).countryCode, 'GB')
  const [found] = await client.availablePhoneNumbers('US').local.list({ areaCode: 305, limit: 1 })
  assert.match(found.phoneNumber, /^\+1305/)
  const bought = await client.incomingPhoneNumbers.local.create({ phoneNumber: found.phoneNumber })
  assert.equal(bought.phoneNumber, found.phoneNumber)
  assert.equal(await client.incomingPhoneNumbers(bought.sid).remove(), true)
  assert.ok((await client.availablePhoneNumbers('US').tollFree.list({ limit: 1 })).length)
}

scenarios.applications = async () => {
  const made = await client.applications.create({ friendlyName: 'Of Node', voiceUrl: NOWHERE, voiceMethod: 'GET' })
  assert.deepEqual([made.friendlyName, made.voiceUrl, made.voiceMethod], ['Of Node', NOWHERE, 'GET'])
  assert.equal((await made.update({ friendlyName: 'Still of Node' })).friendlyName, 'Still of Node')
  assert.deepEqual(sids(await client.applications.list({ friendlyName: 'Still of Node' })), [made.sid])
  assert.equal(await made.remove(), true)
}

scenarios.conferences = async () => {
  const conference = await client.conferences(talk.things.Conferences).fetch()
  assert.equal(conference.status, 'completed')
  assert.ok(sids(await client.conferences.list()).includes(conference.sid))
  const [participant] = await client.conferences(conference.sid).participants.list()
  assert.deepEqual([participant.callSid, participant.muted, participant.hold], [talk.things.Calls, false, false])
}

scenarios.outgoingCallerIds = async () => {
  await client.validationRequests.create({ phoneNumber: '+14155550271', friendlyName: 'Front desk' })
  const [made] = await client.outgoingCallerIds.list({ phoneNumber: '+14155550271' })
  assert.equal((await made.update({ friendlyName: 'Back office' })).friendlyName, 'Back office')
  assert.equal(await made.remove(), true)
}

scenarios.whatIsOverIsDeleted = async () => {
  const message = client.messages(talk.things['SMS/Messages'])
  assert.equal((await message.update({ body: '' })).body, '')
  for (const item of [message, client.calls(talk.things.Calls)]) {
    assert.equal(await item.remove(), true)
    await refused(item.fetch(), 404, 20404)
  }
}

scenarios.notificationsAndUsage = async () => {
  const note = await client.notifications(talk.things.Notifications).fetch()
  assert.deepEqual([note.log, note.errorCode], ['1', '1'])
  assert.ok(sids(await client.notifications.list()).includes(note.sid))
  const records = await client.usage.records.list()
  assert.ok(records.some((record) => record.category === 'calls' && Number(record.count) > 0))
  assert.ok((await client.usage.records.daily.list()).length)
}

scenarios.refusals = async () => {
  await refused(login({ sid: talk.account.sid, token: 'f'.repeat(32) }).calls(talk.calls[0]).fetch(), 401, 20003)
  await refused(client.calls('CA' + '0'.repeat(32)).fetch(), 404, 20404)
  await refused(client.api.v2010.accounts(talk.other.sid).fetch(), 403, 20003)
  await refused(client.calls.create({ to: '', from: '+1', url: NOWHERE }), 400, 21201)
  await refused(client.calls.create({ to: '+1', from: '', url: NOWHERE }), 400, 21213)
  await refused(client.calls.create({ to: '+1', from: '+1', url: 'x' }), 400, 21205)
  await refused(client.messages.create({ to: '', from: '+1', body: 'x' }), 400, 21604)
  await refused(client.conferences(talk.things.Conferences).update({ status: 'completed' }), 400, 20001)
  const called = { from: '+14155550001', to: '+14155550002' }
  await refused(client.conferences(talk.things.Conferences).participants.create(called), 501, 20501)
  await refused(client.calls.list({ status: 'asleep' }), 400, 20001)
}

async function main() {
  for (const [name, scenario] of Object.entries(scenarios)) {
    let fault = null
    try {
      await scenario()
    } catch (error) {
      fault = `${error.stack ?? error}`
    }
    console.log(JSON.stringify({ name, fault }))
  }
}

main()
