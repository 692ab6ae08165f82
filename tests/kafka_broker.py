"""A real Apache Kafka broker for tests and benchmarks: KRaft, one node, loopback, from Maven Central jars."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from kafka.admin import NewPartitions, NewTopic

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from local_service import die_with_parent, free_port

_ROOT = Path(__file__).resolve().parent.parent
_JARS = _ROOT / "build" / "kafka-4.1.0"
_CLUSTER = "MkU3OEVBNTcwNTJENDM2Qg"
_START_SECONDS = 120
USER, PASSWORD = "iamdrift", "not-to-be-shown"


def fetch_jars() -> Path:
    """Fetch the broker's jars once; they stay in build/."""
    if not (_JARS / ".complete").exists():
        pom = _ROOT / "tests" / "kafka" / "pom.xml"
        command = [
            "mvn",
            "-q",
            "-B",
            "-f",
            str(pom),
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
        ]
        subprocess.run([*command, f"-DoutputDirectory={_JARS}"], check=True)
        (_JARS / ".complete").touch()
    return _JARS


def _certificate(folder: Path) -> Path:
    """Make the broker a key of its own, and its certificate as PEM for clients."""
    store, pem = folder / "broker.p12", folder / "broker.pem"
    keytool = ["keytool", "-keystore", str(store), "-storetype", "PKCS12", "-storepass", PASSWORD, "-alias", "broker"]
    names = ["-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1", "-validity", "30"]
    subprocess.run([*keytool, "-genkeypair", "-keyalg", "EC", *names], check=True, capture_output=True)
    subprocess.run([*keytool, "-exportcert", "-rfc", "-file", str(pem)], check=True, capture_output=True)
    return pem


class Broker:
    """A running broker, open at `servers` and, over TLS for USER with PASSWORD, at `secure_servers`.

    Close it when done; it also dies with the process that made it.
    """

    def __init__(self, folder: Path) -> None:
        jars = fetch_jars()
        port, secure, controller = free_port(), free_port(), free_port()
        self.servers = f"127.0.0.1:{port}"
        self.secure_servers = f"127.0.0.1:{secure}"
        self.certificate = _certificate(folder)
        listeners = f"PLAINTEXT://{self.servers},SASL_SSL://{self.secure_servers}"
        login = f'org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
        config = folder / "server.properties"
        config.write_text(
            "\n".join(
                (
                    "process.roles=broker,controller",
                    "node.id=1",
                    f"controller.quorum.voters=1@127.0.0.1:{controller}",
                    f"listeners={listeners},CONTROLLER://127.0.0.1:{controller}",
                    f"advertised.listeners={listeners}",
                    "controller.listener.names=CONTROLLER",
                    "inter.broker.listener.name=PLAINTEXT",
                    "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
                    "sasl.enabled.mechanisms=PLAIN",
                    f"listener.name.sasl_ssl.plain.sasl.jaas.config={login}",
                    f"ssl.keystore.location={folder / 'broker.p12'}",
                    f"ssl.keystore.password={PASSWORD}",
                    f"log.dirs={folder / 'data'}",
                    "num.partitions=4",
                    "offsets.topic.num.partitions=1",
                    "offsets.topic.replication.factor=1",
                    "transaction.state.log.num.partitions=1",
                    "transaction.state.log.replication.factor=1",
                    "transaction.state.log.min.isr=1",
                    "group.initial.rebalance.delay.ms=0",
                    "log.retention.ms=-1",
                    "auto.create.topics.enable=false",
                )
            )
        )
        self._java = ["java", "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-cp", f"{jars}/*"]
        self._config, self._log = config, folder / "broker.log"
        storage = ["kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(config)]
        with self._log.open("ab") as log:
            subprocess.run([*self._java, *storage], check=True, stdout=log, stderr=log)
        self._start()

    def _start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._java, "kafka.Kafka", str(self._config)], stdout=log, stderr=log, preexec_fn=die_with_parent
            )
        self._wait(self._log)

    def restart(self) -> None:
        """Stop the broker as an operator does, and start it again on the same ports and data."""
        self._process.terminate()
        self._process.wait()
        self._start()

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                KafkaAdminClient(bootstrap_servers=self.servers, bootstrap_timeout_ms=2000).close()
            except Exception as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.close()
                    raise RuntimeError(f"the broker did not start:\n{log.read_text()[-2000:]}") from error
                time.sleep(0.2)
            else:
                return

    def create(self, topic: str, partitions: int = 4) -> str:
        """Make a topic."""
        admin = KafkaAdminClient(bootstrap_servers=self.servers)
        admin.create_topics([NewTopic(topic, partitions, 1)])
        admin.close()
        return topic

    def grow(self, topic: str, partitions: int) -> None:
        """Give a topic more partitions."""
        admin = KafkaAdminClient(bootstrap_servers=self.servers)
        admin.create_partitions({topic: NewPartitions(partitions)})
        admin.close()

    def produce(self, topic: str, values: list[tuple[int, bytes | None]]) -> None:
        """Write `(partition, value)` pairs."""
        producer = KafkaProducer(bootstrap_servers=self.servers, linger_ms=20, batch_size=256 * 1024)
        for partition, value in values:
            producer.send(topic, value=value, key=b"k", partition=partition)
        producer.flush()
        producer.close()

    def read(self, topic: str) -> list[object]:
        """Read everything that is in a topic now."""
        consumer = KafkaConsumer(bootstrap_servers=self.servers, enable_auto_commit=False)
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        consumer.seek_to_beginning(*partitions)
        found: list[object] = []
        while any(consumer.position(one) < ends[one] for one in partitions):
            for records in consumer.poll(timeout_ms=500, max_records=5000).values():
                found.extend(records)
        consumer.close()
        return found

    def length(self, topic: str) -> int:
        """Count the messages in a topic, with what transactions leave."""
        consumer = KafkaConsumer(bootstrap_servers=self.servers, enable_auto_commit=False)
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        total = sum(consumer.end_offsets(partitions).values())
        consumer.close()
        return total

    def committed(self, group: str, topic: str) -> int:
        """Sum what a group has committed over all partitions of a topic."""
        consumer = KafkaConsumer(bootstrap_servers=self.servers, group_id=group, enable_auto_commit=False)
        numbers = consumer.partitions_for_topic(topic) or ()
        total = sum(consumer.committed(TopicPartition(topic, number)) or 0 for number in numbers)
        consumer.close()
        return total

    def close(self) -> None:
        """Stop the broker."""
        self._process.kill()
        self._process.wait()
