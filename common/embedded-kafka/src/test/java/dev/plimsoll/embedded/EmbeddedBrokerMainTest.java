package dev.plimsoll.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

@Tag("slow")
class EmbeddedBrokerMainTest {

    @TempDir
    Path directory;

    private Process child;

    @AfterEach
    void killWhatIsLeft() {
        if (child != null) {
            child.destroyForcibly();
        }
    }

    @Test
    void saysReadyAndStopsWhenItsStandardInputCloses() throws Exception {
        start("--dir", directory.toString());
        assertThat(firstLine()).matches("READY localhost:\\d+");
        child.getOutputStream().close();
        assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).isZero();
    }

    @Test
    void itListensOnTheAddressItIsGivenAndTellsItItsClients() throws Exception {
        start("--dir", directory.toString(), "--host", "127.0.0.2");
        String bootstrap = firstLine().substring("READY ".length());
        assertThat(bootstrap).startsWith("127.0.0.2:");
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            assertThat(admin.describeCluster().nodes().get())
                    .extracting(node -> node.host() + ":" + node.port())
                    .containsExactly(bootstrap);
        }
    }

    @Test
    void stopsOnSigterm() throws Exception {
        start("--dir", directory.toString(), "--port", "0");
        assertThat(firstLine()).startsWith("READY ");
        child.destroy();
        assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void afterAKillItComesBackOnItsPortWithItsRecords() throws Exception {
        start("--dir", directory.toString(), "--port", "0");
        String bootstrap = firstLine().substring("READY ".length());
        String port = bootstrap.substring(bootstrap.indexOf(':') + 1);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
                Producer<String, String> writer = writer(bootstrap)) {
            admin.createTopics(List.of(new NewTopic("kept", 1, (short) 1)))
                    .all()
                    .get();
            writer.send(new ProducerRecord<>("kept", "before")).get();
            child.destroyForcibly().waitFor();
            start("--dir", directory.toString(), "--port", port);
            assertThat(firstLine()).isEqualTo("READY " + bootstrap);
            // the same producer, with the sequence numbers it had
            assertThat(writer.send(new ProducerRecord<>("kept", "after")).get().offset())
                    .isEqualTo(1);
        }
    }

    private static Producer<String, String> writer(String bootstrap) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "acks", "all"),
                new StringSerializer(),
                new StringSerializer());
    }

    @Test
    void aMissingDirectoryIsAUsageError() throws Exception {
        start("--port", "0");
        assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).isEqualTo(2);
    }

    private void start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                EmbeddedBrokerMain.class.getName()));
        command.addAll(List.of(arguments));
        child = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private String firstLine() throws IOException {
        return new BufferedReader(new InputStreamReader(child.getInputStream(), UTF_8)).readLine();
    }
}
