"""`make run`: servers, services, sample people and the story of one letter; stays up until Ctrl-C.

With RELOAD in the environment a service whose files change is started again.
"""

import os
import subprocess
import sys
import time
import warnings
from contextlib import ExitStack, contextmanager

warnings.simplefilter("ignore")  # eventlet's own notice, which every import of nameko repeats

from deploy.local.account import give_root_up  # noqa: E402
from deploy.local.county import County, amqp_address, given  # noqa: E402
from deploy.local.demo import Story  # noqa: E402
from deploy.local.process import CannotStart, ready  # noqa: E402
from deploy.local.reload import code, follow  # noqa: E402
from deploy.local.servers import RUN, end_politely, servers  # noqa: E402

RESTART_SECONDS, REGIONS_SECONDS = 3, 60


@contextmanager
def step(text):
    """Say what is being done, and how long it took."""
    print(f"  {text} …", end="", flush=True)
    started = time.monotonic()
    yield
    print(f" {time.monotonic() - started:.1f} 秒", flush=True)


@contextmanager
def services(county):
    """All services, each ready, as processes of their own for the block; yields them by name."""
    running = {service: county.process(service) for service in county.services}
    try:
        for process in running.values():
            process.end_leftover()
        county.check_ports()
        for process in running.values():
            process.start()
        for service, process in running.items():
            with step(f"等待 {service} 就绪"):
                process.wait_for(lambda: ready(county.url(service, 200)))  # noqa: B023
        yield running
    finally:
        print("  正在停止各项服务 …", flush=True)
        for process in running.values():
            process.ask_to_stop()
        for process in running.values():
            process.stop()


def seed(county):
    """Load 邛崃's regions and sample people."""
    command = [sys.executable, "-m", "services.identity.seed"]
    done = subprocess.run(command, env=county.environment("identity"), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"Seeding failed: {done.stderr.strip().splitlines()[-1]}")
    await_regions(county)
    return done.stdout


def await_regions(county):
    """The story begins when everybody knows where it happens."""
    end = time.monotonic() + REGIONS_SECONDS
    while not county.knows_regions():
        if time.monotonic() > end:
            raise CannotStart(f"The services have not heard of the regions within {REGIONS_SECONDS} s; see .run/logs/.")
        time.sleep(0.1)


def watch(running):
    """Start again what has crashed."""
    while True:
        time.sleep(RESTART_SECONDS)
        for name, process in running.items():
            if not process.running():
                code = process.child.returncode
                process.start()
                print(f"  {name} 意外退出（代码 {code}），已重新启动；日志 {process.log}", flush=True)


def start(home):
    """`main`, with what keeps it from starting told in one sentence."""
    try:
        main(home)
    except (CannotStart, RuntimeError) as problem:
        sys.exit(f"\n{problem}")


def main(home):
    """Everything, in order, with data and logs in `home`, not as root where that can be.

    What was started is stopped in the opposite order.
    """
    end_politely()
    give_root_up(home)
    os.environ.update(given())
    with ExitStack() as stack:
        with step("启动 RabbitMQ 和 MongoDB"):
            admins = stack.enter_context(servers(home))
        admins["AMQP_ADDRESS"] = amqp_address(admins["AMQP_ADMIN"])
        county = County(home, admins)
        county.make_keys()
        for service in county.services:
            with step(f"准备 {service} 的账户、队列和数据库"):
                county.prepare(service)
        county.turn_master_keys()
        running = stack.enter_context(services(county))
        with step("载入邛崃的区划和样例人员"):
            people = seed(county)
        urls = {service: county.url(service) for service in county.services}
        print("\n一封来信，一次讲完：", flush=True)
        Story(urls, county.sample_code, running["notify"].log).tell()
        print(f"\n样例人员（登录验证码 {county.sample_code}）：\n{people}\n各项服务：")
        for service, url in urls.items():
            print(f"  {service:10} {url}   接口说明 {url}/openapi.json")
        print(f"\n日志在 {home}/logs/，按 Ctrl-C 停止。", flush=True)
        if os.environ.get("RELOAD"):
            follow(running, code(), lambda name: ready(county.url(name, 200)))
        else:
            watch(running)


if __name__ == "__main__":
    start(RUN)
