package dev.plimsoll.production;

import static dev.plimsoll.production.TestAuthority.STORE_PASSWORD;

import static org.awaitility.Awaitility.await;

import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.access.Access;
import dev.plimsoll.wire.access.Grant;
import dev.plimsoll.wire.access.Operation;
import dev.plimsoll.wire.access.Party;
import dev.plimsoll.wire.kafka.Clients;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An embedded broker that allows nothing which no ACL allows. It listens with TLS and SCRAM, with
 * TLS and certificates of the clients, and without both for tests that administer it.
 */
final class GuardedBroker implements AutoCloseable {

    private static final String HOST = "localhost";
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final EmbeddedBroker broker;
    private final Path directory;
    private final TestAuthority authority;
    private final int certificatePort;
    private final int passwordPort;

    private GuardedBroker(
            EmbeddedBroker broker,
            Path directory,
            TestAuthority authority,
            int certificatePort,
            int passwordPort) {
        this.broker = broker;
        this.directory = directory;
        this.authority = authority;
        this.certificatePort = certificatePort;
        this.passwordPort = passwordPort;
    }

    /** With a certificate that holds, and users for all parties. */
    static GuardedBroker start(Path directory) throws IOException, GeneralSecurityException {
        TestAuthority authority = new TestAuthority("authority");
        return start(directory, authority, authority.issue("broker"));
    }

    static GuardedBroker start(
            Path directory, TestAuthority authority, TestAuthority.Identity identity)
            throws IOException, GeneralSecurityException {
        RecordingAuthorizer.forget();
        int certificatePort = freePort();
        int passwordPort = freePort();
        String listeners = "SSL://" + HOST + ":" + certificatePort + ",SASL_SSL://" + HOST + ":"
                + passwordPort;
        Map<String, String> overrides = new TreeMap<>();
        overrides.put("listeners", listeners);
        overrides.put("advertised.listeners", listeners);
        overrides.put("authorizer.class.name", RecordingAuthorizer.class.getName());
        overrides.put("super.users", "User:ANONYMOUS");
        overrides.put(
                "ssl.keystore.location",
                identity.pkcs12(directory.resolve("broker.p12")).toString());
        overrides.put("ssl.keystore.password", STORE_PASSWORD);
        overrides.put("ssl.keystore.type", "PKCS12");
        overrides.put(
                "ssl.truststore.location",
                authority.truststore(directory.resolve("authority.p12")).toString());
        overrides.put("ssl.truststore.password", STORE_PASSWORD);
        overrides.put("ssl.truststore.type", "PKCS12");
        overrides.put("listener.name.ssl.ssl.client.auth", "required");
        overrides.put("ssl.principal.mapping.rules", "RULE:^CN=([a-z]+).*$/$1/,DEFAULT");
        overrides.put("sasl.enabled.mechanisms", "SCRAM-SHA-512");
        overrides.put(
                "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;");
        EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("data"), 0, overrides);
        GuardedBroker started =
                new GuardedBroker(broker, directory, authority, certificatePort, passwordPort);
        started.addUsers();
        return started;
    }

    private void addUsers() {
        List<UserScramCredentialAlteration> users = new ArrayList<>();
        for (Party party : Party.values()) {
            users.add(new UserScramCredentialUpsertion(
                    party.title(),
                    new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096),
                    password(party)));
        }
        try (Admin admin = admin()) {
            admin.alterUserScramCredentials(users).all().get();
        } catch (Exception e) {
            throw new IllegalStateException("the broker takes no users", e);
        }
    }

    /** It has what Quarkus would read as an expression. */
    static String password(Party party) {
        return party.title() + "-secret-${a:b}";
    }

    /** Clients that may do everything. */
    Clients administrator() {
        return new Clients(broker.bootstrap());
    }

    Admin admin() {
        return administrator().admin("test-admin");
    }

    TestAuthority authority() {
        return authority;
    }

    Path directory() {
        return directory;
    }

    String certificateBootstrap() {
        return HOST + ":" + certificatePort;
    }

    /** Client settings with user name and password. */
    SortedMap<String, String> withPassword(Party party, String password) {
        SortedMap<String, String> settings = trusting();
        settings.put("bootstrap.servers", HOST + ":" + passwordPort);
        settings.put("security.protocol", "SASL_SSL");
        settings.put("sasl.mechanism", "SCRAM-SHA-512");
        settings.put(
                "sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\""
                        + party.title() + "\" password=\"" + password + "\";");
        return settings;
    }

    SortedMap<String, String> withPassword(Party party) {
        return withPassword(party, password(party));
    }

    /** Client settings with key and certificate in a PKCS12 store. */
    SortedMap<String, String> withStore(Party party, TestAuthority.Identity identity)
            throws IOException, GeneralSecurityException {
        SortedMap<String, String> settings = trusting();
        settings.put("bootstrap.servers", certificateBootstrap());
        settings.put("security.protocol", "SSL");
        settings.put(
                "ssl.keystore.location",
                identity.pkcs12(Files.createTempFile(directory, party.title(), ".p12"))
                        .toString());
        settings.put("ssl.keystore.password", STORE_PASSWORD);
        settings.put("ssl.keystore.type", "PKCS12");
        return settings;
    }

    /**
     * The same in PEM: the key and the certificates stand in files of their own, as in a mounted
     * secret of a cluster.
     */
    SortedMap<String, String> withPem(Party party) throws IOException, GeneralSecurityException {
        TestAuthority.Identity identity = authority.issue(party.title());
        Path secret = Files.createTempDirectory(directory, party.title());
        Files.writeString(secret.resolve("tls.key"), identity.keyPem());
        Files.writeString(secret.resolve("tls.crt"), identity.chainPem());
        Files.writeString(secret.resolve("ca.crt"), authority.pem());
        SortedMap<String, String> settings = new TreeMap<>();
        settings.put("bootstrap.servers", certificateBootstrap());
        settings.put("security.protocol", "SSL");
        settings.put("ssl.keystore.type", "PEM");
        settings.put("ssl.keystore.key", "${dir:" + secret + ":tls.key}");
        settings.put("ssl.keystore.certificate.chain", "${dir:" + secret + ":tls.crt}");
        settings.put("ssl.truststore.type", "PEM");
        settings.put("ssl.truststore.certificates", "${dir:" + secret + ":ca.crt}");
        return settings;
    }

    private SortedMap<String, String> trusting() {
        SortedMap<String, String> settings = new TreeMap<>();
        settings.put(
                "ssl.truststore.location", directory.resolve("authority.p12").toString());
        settings.put("ssl.truststore.password", STORE_PASSWORD);
        settings.put("ssl.truststore.type", "PKCS12");
        return settings;
    }

    /** Allows every party what the table says. */
    void allow(Topics topics) throws Exception {
        List<AclBinding> bindings = new ArrayList<>();
        Access.of(topics)
                .forEach((party, grants) -> grants.forEach(grant -> grant.operations()
                        .forEach(operation -> bindings.add(binding(party, grant, operation)))));
        try (Admin admin = admin()) {
            admin.createAcls(bindings).all().get();
            await().atMost(PATIENCE).until(() -> {
                boolean all = true;
                for (AclBinding binding : bindings) {
                    all = all && holds(admin, binding);
                }
                return all;
            });
        }
    }

    /** Takes one right away, and returns when the broker knows. */
    void forbid(Party party, Grant grant, Operation operation) throws Exception {
        AclBinding binding = binding(party, grant, operation);
        try (Admin admin = admin()) {
            admin.deleteAcls(List.of(binding.toFilter())).all().get();
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> !holds(admin, binding));
        }
    }

    /** Gives it back. */
    void allow(Party party, Grant grant, Operation operation) throws Exception {
        AclBinding binding = binding(party, grant, operation);
        try (Admin admin = admin()) {
            admin.createAcls(List.of(binding)).all().get();
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> holds(admin, binding));
        }
    }

    private static boolean holds(Admin admin, AclBinding binding) throws Exception {
        return !admin.describeAcls(binding.toFilter()).values().get().isEmpty();
    }

    private static AclBinding binding(Party party, Grant grant, Operation operation) {
        return new AclBinding(
                new ResourcePattern(
                        ResourceType.valueOf(grant.kind().name()),
                        grant.name(),
                        grant.prefixed() ? PatternType.PREFIXED : PatternType.LITERAL),
                new AccessControlEntry(
                        "User:" + party.title(),
                        "*",
                        AclOperation.valueOf(operation.name()),
                        AclPermissionType.ALLOW));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        broker.close();
    }
}
