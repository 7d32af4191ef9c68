"""A consumer group of python3-kafka whose members come and go while records are written.

python_groups.py SERVERS ASSIGNOR   prints, as one JSON object, who owned what at each step, what was read, and what the group had committed at the end

Topics a and b, three partitions each, must be there. Warnings of the client go to stderr.
"""
import json
import logging
import sys
import threading
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

GROUP = "pythons"
PATIENCE = 40
ASSIGNORS = {
    "range": RangePartitionAssignor,
    "roundrobin": RoundRobinPartitionAssignor,
}


class Member(threading.Thread):
    """Reads on a thread of its own until it is told to leave; what it returned from a poll is processed before it polls again."""

    def __init__(self, servers, assignor, name, read):
        super().__init__(name=name, daemon=True)
        self.leaving = threading.Event()
        self.read = read
        self.owned = frozenset()
        self.consumer = KafkaConsumer(
            "a",
            "b",
            bootstrap_servers=servers,
            client_id=name,
            group_id=GROUP,
            partition_assignment_strategy=[ASSIGNORS[assignor]],
            auto_offset_reset="earliest",
            enable_auto_commit=True,
            auto_commit_interval_ms=200,
            session_timeout_ms=6000,
            heartbeat_interval_ms=100,
            retry_backoff_ms=20,
            fetch_max_wait_ms=50,
        )
        self.start()

    def run(self):
        while not self.leaving.is_set():
            for records in self.consumer.poll(timeout_ms=50).values():
                for record in records:
                    self.read.append((record.topic, record.partition, record.offset))
            self.owned = frozenset("%s%d" % (p.topic, p.partition) for p in self.consumer.assignment())
        self.consumer.close()

    def leave(self):
        self.leaving.set()
        self.join(PATIENCE)


def until(what, met):
    deadline = time.monotonic() + PATIENCE
    while not met():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.01)


def main(servers, assignor):
    read = []
    steps = []
    written = 0
    producer = KafkaProducer(bootstrap_servers=servers, acks="all")

    def settle(*members):
        """Waits until the members share all six partitions and have read what is then written."""
        nonlocal written
        until(
            "%s share all" % [member.name for member in members],
            lambda: sum(len(member.owned) for member in members) == 6
            and len(frozenset().union(*(member.owned for member in members))) == 6
            and all(member.owned for member in members),
        )
        steps.append({member.name: " ".join(sorted(member.owned)) for member in members})
        for topic in "ab":
            for partition in range(3):
                for _ in range(5):
                    producer.send(topic, partition=partition, value=b"%d" % written)
        producer.flush(timeout=PATIENCE)
        written += 30
        until("%d records are read, %d are" % (written, len(read)), lambda: len(read) >= written)

    one = Member(servers, assignor, "A", read)
    settle(one)
    two = Member(servers, assignor, "B", read)
    settle(one, two)
    three = Member(servers, assignor, "C", read)
    settle(one, two, three)
    two.leave()
    settle(one, three)
    admin = KafkaAdminClient(bootstrap_servers=servers)
    (described,) = admin.describe_consumer_groups([GROUP])
    one.leave()
    three.leave()
    (empty,) = admin.describe_consumer_groups([GROUP])
    committed = admin.list_consumer_group_offsets(GROUP)
    json.dump(
        {
            "steps": steps,
            "read": len(read),
            "distinct": len(set(read)),
            "state": described.state,
            "protocol": described.protocol,
            "members": sorted(member.client_id for member in described.members),
            "listed": GROUP in [name for name, _ in admin.list_consumer_groups()],
            "left": empty.state,
            "committed": {"%s%d" % (p.topic, p.partition): offset.offset for p, offset in sorted(committed.items())},
        },
        sys.stdout,
    )
    admin.close()
    producer.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    main(*sys.argv[1:])
