package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.embedded.SecuredBroker;
import dev.plimsoll.wire.process.ExitCode;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The commands through TLS, and what is said when client settings are wrong. */
@Tag("slow")
class SecuredCommandsTest {

    @TempDir
    static Path directory;

    private static SecuredBroker broker;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void start() {
        broker = SecuredBroker.start(directory);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void submitTailAndAuditThroughTlsByFile() throws Exception {
        submitsAndReads(broker.tls(), "t1");
    }

    @Test
    void submitTailAndAuditWithUserAndPasswordByFile() throws Exception {
        submitsAndReads(broker.saslOverTls(SecuredBroker.PASSWORD), "t2");
    }

    private void submitsAndReads(Map<String, String> settings, String prefix) throws Exception {
        String file = "--kafka-config=" + file(settings);
        Path samples = Files.writeString(directory.resolve("a.jsonl"), "{\"text\":\"a\"}\n");
        assertThat(run("submit", samples.toString(), "--prefix", prefix, file)).isZero();
        assertThat(run("tail", "samples", "--once", "--prefix", prefix, file)).isZero();
        assertThat(out.toString()).contains("1 samples submitted to " + prefix + ".samples");
        // there is no run yet, and the command could see that
        assertThat(run("audit", "--prefix", prefix, file)).isNotEqualTo(ExitCode.BROKER.number());
    }

    @Test
    void clientSettingsMayStandOnTheCommandLine() throws Exception {
        List<String> arguments = new ArrayList<>(List.of("tail", "samples", "--once"));
        Map<String, String> settings = new HashMap<>(broker.tls());
        Path password = Files.writeString(
                directory.resolve("store-password"), settings.get("ssl.truststore.password"));
        settings.put(
                "ssl.truststore.password",
                "${dir:" + directory + ":" + password.getFileName() + "}");
        arguments.addAll(List.of("--bootstrap", settings.remove("bootstrap.servers")));
        settings.forEach((name, value) -> arguments.addAll(List.of("--kafka", name + "=" + value)));
        run(arguments.toArray(String[]::new));
        assertThat(err.toString()).doesNotContain("TLS", "no Kafka broker");
    }

    @Test
    void aSecretOnTheCommandLineIsRefused() {
        assertThat(run(
                        "watch",
                        "--once",
                        "--bootstrap",
                        broker.plainBootstrap(),
                        "--kafka",
                        "ssl.truststore.password=hush"))
                .isEqualTo(ExitCode.USAGE.number());
        assertThat(err.toString())
                .contains("ssl.truststore.password is secret", "--kafka-config")
                .doesNotContain("hush");
    }

    @Test
    void aWrongPassword() throws Exception {
        refused(
                broker.saslOverTls("wrong-secret"),
                "does not accept the user name or password",
                "sasl.jaas.config");
        assertThat(err.toString()).doesNotContain("wrong-secret");
    }

    @Test
    void aTruststoreThatIsMissing() throws Exception {
        Map<String, String> settings = broker.tls();
        settings.put("ssl.truststore.location", "/no/such/store.p12");
        refused(settings, "/no/such/store.p12", "does not exist");
    }

    @Test
    void aCertificateThatIsNotTrusted() throws Exception {
        Map<String, String> settings = broker.tls();
        settings.keySet().removeIf(name -> name.startsWith("ssl.truststore"));
        refused(settings, "is not trusted", "ssl.truststore.location");
    }

    @Test
    void plaintextToATlsListener() throws Exception {
        Map<String, String> settings = broker.tls();
        settings.keySet().removeIf(name -> !name.equals("bootstrap.servers"));
        refused(settings, "speaks TLS, and security.protocol is PLAINTEXT", "SSL or SASL_SSL");
    }

    @Test
    void tlsToAPlaintextListener() throws Exception {
        Map<String, String> settings = broker.tls();
        settings.put("bootstrap.servers", broker.plainBootstrap());
        refused(settings, "does not speak TLS, and security.protocol is SSL", "PLAINTEXT");
    }

    @Test
    void aProtocolThatIsUnknown() throws Exception {
        Map<String, String> settings = broker.tls();
        settings.put("security.protocol", "TLS");
        refused(settings, "the Kafka client settings cannot be used", "security.protocol", "TLS");
    }

    private void refused(Map<String, String> settings, String... words) throws IOException {
        assertThat(run("watch", "--once", "--kafka-config=" + file(settings)))
                .isEqualTo(ExitCode.BROKER.number());
        assertThat(err.toString()).contains(words);
        assertThat(err.toString().strip()).doesNotContain("\n");
    }

    private static Path file(Map<String, String> settings) throws IOException {
        Properties properties = new Properties();
        properties.putAll(settings);
        Path file = Files.createTempFile(directory, "client", ".properties");
        try (Writer writer = Files.newBufferedWriter(file)) {
            properties.store(writer, null);
        }
        return file;
    }

    private int run(String... arguments) {
        return Plimsoll.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
