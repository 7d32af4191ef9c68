"""The python3-kafka side of the interop tests.

python_kafka.py produce SERVERS TOPIC CODEC   sends the records of stdin, one JSON object per line, and waits for all acknowledgements
python_kafka.py consume SERVERS TOPIC         prints all records there are, in the same form, partition after partition

Keys, values and header values are base64 or null.
"""
import base64
import json
import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition


def decode(text):
    return None if text is None else base64.b64decode(text)


def encode(data):
    return None if data is None else base64.b64encode(data).decode()


def produce(servers, topic, codec):
    producer = KafkaProducer(
        bootstrap_servers=servers,
        compression_type=None if codec == "none" else codec,
        acks="all",
        linger_ms=50,
        max_request_size=64 << 20,
        buffer_memory=256 << 20,
    )
    sent = []
    for line in sys.stdin:
        record = json.loads(line)
        sent.append(
            producer.send(
                topic,
                partition=record["partition"],
                key=decode(record["key"]),
                value=decode(record["value"]),
                timestamp_ms=record["timestamp"],
                headers=[(header["name"], decode(header["value"])) for header in record["headers"]],
            )
        )
    producer.flush(timeout=30)
    for future in sent:
        future.get(timeout=30)
    producer.close(timeout=5)


def consume(servers, topic):
    consumer = KafkaConsumer(
        bootstrap_servers=servers,
        enable_auto_commit=False,
        check_crcs=True,
        max_partition_fetch_bytes=64 << 20,
        fetch_max_wait_ms=100,
    )
    partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
    ends = consumer.end_offsets(partitions)
    for partition in partitions:
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        while consumer.position(partition) < ends[partition]:
            for records in consumer.poll(timeout_ms=1000).values():
                for record in records:
                    show(record)
    consumer.close(autocommit=False)


def show(record):
    print(
        json.dumps(
            {
                "partition": record.partition,
                "offset": record.offset,
                "timestamp": record.timestamp,
                "key": encode(record.key),
                "value": encode(record.value),
                "headers": [{"name": name, "value": encode(value)} for name, value in record.headers],
            }
        )
    )


if __name__ == "__main__":
    {"produce": produce, "consume": consume}[sys.argv[1]](*sys.argv[2:])
