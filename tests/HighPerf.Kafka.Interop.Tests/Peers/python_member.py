"""One member of a group whose other members are somebody else's.

python_member.py SERVERS ASSIGNOR GROUP   reads topics a and b until a record of each of its partitions says stop, leaves, and prints as one JSON object what it owned and read

What it returned from a poll is processed before it polls again. Warnings of the client go to stderr.
"""
import json
import logging
import sys
import time

from kafka import KafkaConsumer
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

PATIENCE = 40
ASSIGNORS = {
    "range": RangePartitionAssignor,
    "roundrobin": RoundRobinPartitionAssignor,
}


def main(servers, assignor, group):
    consumer = KafkaConsumer(
        "a",
        "b",
        bootstrap_servers=servers,
        client_id="P",
        group_id=group,
        partition_assignment_strategy=[ASSIGNORS[assignor]],
        auto_offset_reset="earliest",
        enable_auto_commit=True,
        auto_commit_interval_ms=200,
        session_timeout_ms=6000,
        heartbeat_interval_ms=100,
        retry_backoff_ms=20,
        fetch_max_wait_ms=50,
    )
    read = []
    owned = set()
    deadline = time.monotonic() + PATIENCE
    stopped = set()
    while not owned or not stopped >= owned:
        if time.monotonic() > deadline:
            raise TimeoutError("not every partition says stop")
        for records in consumer.poll(timeout_ms=50).values():
            for record in records:
                if record.value == b"stop":
                    stopped.add("%s%d" % (record.topic, record.partition))
                else:
                    read.append("%s%d@%d" % (record.topic, record.partition, record.offset))
        owned |= {"%s%d" % (p.topic, p.partition) for p in consumer.assignment()}
    consumer.close()
    json.dump({"owned": sorted(owned), "read": read}, sys.stdout)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    main(*sys.argv[1:])
