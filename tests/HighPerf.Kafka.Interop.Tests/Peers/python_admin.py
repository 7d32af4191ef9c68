"""The admin client of python3-kafka, tried once over.

python_admin.py SERVERS   prints what it saw as one JSON object

Warnings of the client go to stderr.
"""
import json
import logging
import sys

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.errors import KafkaError


def failure(call):
    """The name of the error that a call ends with."""
    try:
        call()
    except KafkaError as error:
        return type(error).__name__
    return "none"


def settings(admin, name):
    (answer,) = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    (resource,) = answer.resources
    return {entry[0]: entry[1] for entry in resource[4]}


def main(servers):
    admin = KafkaAdminClient(bootstrap_servers=servers)
    seen = {"brokers": sorted(broker["node_id"] for broker in admin.describe_cluster()["brokers"])}
    admin.create_topics([NewTopic("wide", 3, 3, topic_configs={"retention.ms": "1234"}), NewTopic("small", 1, 1)])
    seen["taken"] = failure(lambda: admin.create_topics([NewTopic("wide", 3, 3)]))
    admin.create_partitions({"wide": NewPartitions(5)})
    seen["topics"] = sorted(admin.list_topics())
    (described,) = admin.describe_topics(["wide"])
    seen["partitions"] = [sorted(partition["replicas"]) for partition in sorted(described["partitions"], key=lambda p: p["partition"])]
    seen["retention"] = settings(admin, "wide")["retention.ms"]
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "wide", configs={"retention.ms": "4321"})])
    seen["altered"] = settings(admin, "wide")["retention.ms"]

    producer = KafkaProducer(bootstrap_servers=servers)
    for number in range(5):
        producer.send("small", value=b"%d" % number, timestamp_ms=1000 + number * 10)
    producer.flush(timeout=20)
    producer.close()
    partition = TopicPartition("small", 0)
    consumer = KafkaConsumer(bootstrap_servers=servers, group_id="g", enable_auto_commit=False, auto_offset_reset="earliest")
    seen["ends"] = [consumer.beginning_offsets([partition])[partition], consumer.end_offsets([partition])[partition]]
    seen["time"] = consumer.offsets_for_times({partition: 1015})[partition].offset
    seen["late"] = consumer.offsets_for_times({partition: 2000})[partition]
    consumer.assign([partition])
    values = []
    while len(values) < 5:
        for records in consumer.poll(timeout_ms=1000).values():
            values.extend(record.value.decode() for record in records)
    seen["values"] = " ".join(values)
    consumer.commit()
    seen["committed"] = consumer.committed(partition)
    consumer.close()

    seen["groups"] = [name for name, _ in admin.list_consumer_groups()]
    seen["deleted"] = [error.__name__ for _, error in admin.delete_consumer_groups(["g"])]
    seen["after"] = [name for name, _ in admin.list_consumer_groups()]
    admin.delete_topics(["small"])
    seen["gone"] = failure(lambda: admin.delete_topics(["small"]))
    seen["left"] = sorted(admin.list_topics())
    admin.close()
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    main(*sys.argv[1:])
