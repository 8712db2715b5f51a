"""Two-way G.711 streams that one media worker carries on one core, beside a bare C receive/send loop in the same run.

    python benchmarks/media_streams.py [streams] [seconds]

The peers are one C program with a port a stream. All streams play a sound; all hear one. Prints one line.
"""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from ringback.media.engine import Engine
from ringback.media.sound import Sound

HERE = Path(__file__).parent
WARM_UP = 3.0


def free_ports(count: int, first: int = 20_000) -> int:
    """The first of ``count`` UDP ports in a row that nobody uses, as far as /proc knows."""
    used = {int(line.split()[1].split(":")[1], 16) for line in Path("/proc/net/udp").read_text().splitlines()[1:]}
    while any(port in used for port in range(first, first + count)):
        first += 500
    return first


def compiled(source: str, folder: Path) -> Path:
    program = folder / source.removesuffix(".c")
    subprocess.run(["gcc", "-O2", "-o", program, HERE / source], check=True)
    return program


def offer(port: int) -> bytes:
    return (
        f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
    ).encode()


def bare_loop(folder: Path, streams: int, seconds: float) -> tuple[float, float]:
    """What the C loop takes: the share of a core, and microseconds a packet."""
    first = free_ports(2 * streams + 10)
    loop, peer = compiled("media_bare_loop.c", folder), compiled("media_peer.c", folder)
    other = subprocess.Popen(
        [peer, str(streams), str(seconds + 1), str(first + streams)],
        stdin=subprocess.PIPE,
        text=True,
        stdout=subprocess.DEVNULL,
    )
    assert other.stdin is not None
    other.stdin.write("\n".join(str(first + index) for index in range(streams)))
    other.stdin.close()
    result = subprocess.run(
        [loop, str(streams), str(seconds), str(first), str(first + streams)], check=True, capture_output=True, text=True
    )
    other.wait()
    cpu, received, sent, late = map(float, result.stdout.split())
    print(
        f"  bare loop: {cpu / seconds:.1%} of a core, {received:.0f} in, {sent:.0f} out, worst tick {late:.1f} ms late",
        file=sys.stderr,
    )
    return cpu / seconds, cpu / (received + sent) * 1e6


async def engine(folder: Path, streams: int, seconds: float) -> dict[str, float]:
    """What the media worker takes, and how well it does."""
    samples = (np.random.default_rng(1).standard_normal(8000 * 10) * 3000).astype("<i2")
    sound = Sound(folder / "sound.raw", len(samples))
    samples.tofile(sound.path)
    made = await Engine.start(host="127.0.0.1", first_port=0, ports=64, workers=1)
    first = free_ports(streams + 10, 30_000)
    opened = []
    for index in range(streams):
        sdp = offer(first + index)
        stream = await made.open(sdp)
        stream.answer(sdp)
        opened.append(stream)
        stream._port.waiting.discard(stream.name)  # the peers send at once, but all of them only when all are open
    peer = await asyncio.create_subprocess_exec(
        compiled("media_peer.c", folder),
        str(streams),
        str(seconds + WARM_UP + 1.5),
        str(first),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert peer.stdin is not None
    peer.stdin.write("\n".join(str(stream.local.port) for stream in opened).encode())
    peer.stdin.close()
    for stream in opened:
        stream.play(sound, loop=0)
    await asyncio.sleep(WARM_UP)
    (before,) = await made.figures()
    await asyncio.sleep(seconds)
    (after,) = await made.figures(seconds)
    reports = [await stream.report() for stream in opened[:: max(streams // 100, 1)]]
    memory = resident(made.processes[0]) if after else 0
    await peer.wait()
    await made.stop()
    if not before or not after:
        raise SystemExit(f"media_streams: the worker was lost: {streams} streams are more than this machine carries")
    return after | {
        "share": (after["cpu_s"] - before["cpu_s"]) / seconds,
        "packet_us": (after["cpu_s"] - before["cpu_s"])
        / (after["sent"] + after["received"] - before["sent"] - before["received"])
        * 1e6,
        "lost": sum(report.lost for report in reports),
        "late": sum(report.late for report in reports),
        "concealed": sum(report.concealed_ms for report in reports),
        "received": sum(report.received for report in reports),
        "resident": memory,
    }


def main() -> None:
    streams = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 8.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare, bare_us = bare_loop(folder, streams, seconds) if shutil.which("gcc") else (float("nan"), float("nan"))
        ours = asyncio.run(engine(folder, streams, seconds))
    good = f"{ours['lost']:.0f} lost, {ours['late']:.0f} late, {ours['concealed']:.0f} ms concealed"
    print(
        f"media_streams: {streams} two-way G.711 streams: {ours['share']:.1%} of a core, bare C loop {bare:.1%}, "
        f"ratio {ours['share'] / bare:.2f}; {ours['packet_us']:.2f} and {bare_us:.2f} µs of CPU a packet, "
        f"ratio {ours['packet_us'] / bare_us:.2f}; "
        f"tick p50 {ours['took_p50_ms']:.1f} ms p99 {ours['took_p99_ms']:.1f} ms, "
        f"late p99 {ours['late_p99_ms']:.1f} ms max {ours['late_max_ms']:.1f} ms; "
        f"of {ours['received']:.0f} packets looked at {good}, {ours['unsent']:.0f} unsent; "
        f"worker {ours['resident'] / 1e6:.0f} MB; {machine()}"
    )


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {platform.platform()}"


def resident(process: int) -> int:
    """Octets of memory."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
