package dev.plimsoll.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

/**
 * An embedded broker that also listens with TLS, and with TLS and SCRAM-SHA-512, to try client
 * settings. Its certificate is made by the JDK's keytool at each start.
 */
public final class SecuredBroker implements AutoCloseable {

    public static final String USER = "plimsoll";
    public static final String PASSWORD = "correct-horse";

    private static final String HOST = "localhost";
    private static final String STORE_PASSWORD = "changeit";
    private static final String ALIAS = "broker";

    private final EmbeddedBroker broker;
    private final Path truststore;
    private final int tlsPort;
    private final int saslPort;

    private SecuredBroker(EmbeddedBroker broker, Path truststore, int tlsPort, int saslPort) {
        this.broker = broker;
        this.truststore = truststore;
        this.tlsPort = tlsPort;
        this.saslPort = saslPort;
    }

    /** @param directory for the broker's data and the certificates, beside each other; exists */
    public static SecuredBroker start(Path directory) {
        Path keystore = directory.resolve("broker.p12");
        Path truststore = directory.resolve("truststore.p12");
        certify(keystore, directory.resolve("broker.pem"), truststore);
        int tlsPort = EmbeddedBroker.freePort(HOST);
        int saslPort = EmbeddedBroker.freePort(HOST);
        String listeners = "SSL://" + HOST + ":" + tlsPort + ",SASL_SSL://" + HOST + ":" + saslPort;
        EmbeddedBroker broker = EmbeddedBroker.start(
                directory.resolve("data"),
                0,
                Map.of(
                        "listeners",
                        listeners,
                        "advertised.listeners",
                        listeners,
                        "ssl.keystore.location",
                        keystore.toString(),
                        "ssl.keystore.password",
                        STORE_PASSWORD,
                        "ssl.keystore.type",
                        "PKCS12",
                        "sasl.enabled.mechanisms",
                        "SCRAM-SHA-512",
                        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config",
                        "org.apache.kafka.common.security.scram.ScramLoginModule required;"));
        try {
            addUser(broker);
            return new SecuredBroker(broker, truststore, tlsPort, saslPort);
        } catch (RuntimeException e) {
            broker.close();
            throw e;
        }
    }

    /** Host and port of the listener without any security. */
    public String plainBootstrap() {
        return broker.bootstrap();
    }

    /** Client settings, address included, for TLS without a user. */
    public SortedMap<String, String> tls() {
        SortedMap<String, String> settings = new TreeMap<>();
        settings.put("bootstrap.servers", HOST + ":" + tlsPort);
        settings.put("security.protocol", "SSL");
        settings.put("ssl.truststore.location", truststore.toString());
        settings.put("ssl.truststore.password", STORE_PASSWORD);
        settings.put("ssl.truststore.type", "PKCS12");
        return settings;
    }

    /** Client settings, address included, for TLS and the user {@link #USER} with this password. */
    public SortedMap<String, String> saslOverTls(String password) {
        SortedMap<String, String> settings = tls();
        settings.put("bootstrap.servers", HOST + ":" + saslPort);
        settings.put("security.protocol", "SASL_SSL");
        settings.put("sasl.mechanism", "SCRAM-SHA-512");
        settings.put(
                "sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\""
                        + USER + "\" password=\"" + password + "\";");
        return settings;
    }

    private static void addUser(EmbeddedBroker broker) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                            USER,
                            new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096),
                            PASSWORD)))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the broker takes no user", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a user was added", e);
        }
    }

    private static void certify(Path keystore, Path certificate, Path truststore) {
        keytool(
                keystore,
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + HOST,
                "-ext",
                "SAN=dns:" + HOST + ",ip:127.0.0.1",
                "-validity",
                "2");
        keytool(keystore, "-exportcert", "-rfc", "-alias", ALIAS, "-file", certificate.toString());
        keytool(
                truststore,
                "-importcert",
                "-noprompt",
                "-alias",
                ALIAS,
                "-file",
                certificate.toString());
    }

    private static void keytool(Path store, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                STORE_PASSWORD));
        command.addAll(1, List.of(arguments));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException("keytool failed: " + output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("keytool of the JDK cannot be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while keytool ran", e);
        }
    }

    @Override
    public void close() {
        broker.close();
    }
}
