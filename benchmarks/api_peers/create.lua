-- Each request makes another application.
local made = 0

function init(args)
  math.randomseed(os.time())
  run = math.random(1000000000)
end

function request()
  made = made + 1
  local name = string.format("bench-%d-%d", run, made)
  return wrk.format("POST", nil, nil, "FriendlyName=" .. name .. "&RcmlUrl=http%3A%2F%2Fexample.com%2F" .. name)
end
