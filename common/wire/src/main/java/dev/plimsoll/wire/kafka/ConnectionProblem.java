package dev.plimsoll.wire.kafka;

import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;

import java.io.FileNotFoundException;
import java.nio.file.NoSuchFileException;
import java.security.cert.CertificateException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Says in one sentence why no connection to the broker could be made, and what to change. */
final class ConnectionProblem {

    private static final String PROTOCOL = "security.protocol";

    private final String bootstrap;
    private final Map<String, String> settings;

    ConnectionProblem(String bootstrap, Map<String, String> settings) {
        this.bootstrap = bootstrap;
        this.settings = settings;
    }

    /**
     * @param failure what the client said
     * @return a sentence without the values of settings that may be secret
     */
    String sentence(Throwable failure) {
        return named(failure).orElseGet(() -> switch (ListenerProbe.of(bootstrap)) {
            case TLS -> speaksTls();
            case OTHER -> answersOtherwise();
            case CLOSED -> nobodyAnswers();
        });
    }

    private Optional<String> named(Throwable failure) {
        Optional<Throwable> file = cause(failure, ConnectionProblem::isMissingFile);
        if (file.isPresent()) {
            return file.map(e -> "the file " + e.getMessage().replaceFirst(" \\(.*", "")
                    + ", which the Kafka client settings name (ssl.truststore.location or "
                    + "ssl.keystore.location), does not exist; correct the path");
        }
        return cause(failure, SaslAuthenticationException.class::isInstance)
                .map(e -> "the broker at '" + bootstrap + "' does not accept the user name or "
                        + "password (" + e.getMessage() + "); check sasl.jaas.config and "
                        + "sasl.mechanism")
                .or(() -> cause(failure, UnsupportedSaslMechanismException.class::isInstance)
                        .map(e -> "the broker at '" + bootstrap + "' does not know the "
                                + "sasl.mechanism that is set (" + e.getMessage() + ")"))
                .or(() -> cause(failure, SslAuthenticationException.class::isInstance)
                        .map(this::handshake))
                .or(() -> cause(failure, ConnectionProblem::isSetting)
                        .map(e -> "the Kafka client settings cannot be used: "
                                + withoutSecrets(e.getMessage())));
    }

    private String handshake(Throwable failure) {
        if (cause(failure, CertificateException.class::isInstance).isPresent()
                || deepest(failure).contains("certification path")) {
            return "the certificate of the broker at '" + bootstrap + "' is not trusted ("
                    + deepest(failure) + "); set ssl.truststore.location to a truststore that "
                    + "holds it or its authority";
        }
        return "the TLS handshake with the broker at '" + bootstrap + "' failed ("
                + deepest(failure) + "); check the settings that begin with ssl";
    }

    private String speaksTls() {
        return protocol().endsWith("SSL")
                ? "the broker at '" + bootstrap + "' speaks TLS but does not answer with "
                        + PROTOCOL + " " + protocol() + "; check whether the listener asks for "
                        + "a user name (SASL_SSL) or not (SSL)"
                : "the broker at '" + bootstrap + "' speaks TLS, and " + PROTOCOL + " is "
                        + protocol() + "; set it to SSL or SASL_SSL";
    }

    private String answersOtherwise() {
        return protocol().endsWith("SSL")
                ? "whoever listens at '" + bootstrap + "' does not speak TLS, and " + PROTOCOL
                        + " is " + protocol() + "; check the address, and set " + PROTOCOL
                        + " to what the listener uses, PLAINTEXT or SASL_PLAINTEXT"
                : "whoever listens at '" + bootstrap + "' does not answer as a Kafka broker with "
                        + PROTOCOL + " " + protocol() + "; check the address and " + PROTOCOL
                        + ", or try again if its machine is busy";
    }

    private String nobodyAnswers() {
        return "no Kafka broker answers at '" + bootstrap
                + "'; check the address given by --bootstrap or KAFKA_BOOTSTRAP_SERVERS and that "
                + "the broker runs";
    }

    private String protocol() {
        return settings.getOrDefault(PROTOCOL, "PLAINTEXT");
    }

    private String withoutSecrets(String message) {
        String shown = message;
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            boolean secret = setting.getKey().endsWith("password")
                    || setting.getKey().endsWith("jaas.config")
                    || setting.getKey().endsWith("key");
            if (secret && !setting.getValue().isEmpty()) {
                shown = shown.replace(setting.getValue(), "[hidden]");
            }
        }
        return shown.replace('\n', ' ');
    }

    private static boolean isMissingFile(Throwable e) {
        return e instanceof NoSuchFileException || e instanceof FileNotFoundException;
    }

    private static boolean isSetting(Throwable e) {
        return e instanceof ConfigException
                || (e instanceof IllegalArgumentException && e.getMessage() != null);
    }

    private static Optional<Throwable> cause(Throwable failure, Predicate<Throwable> wanted) {
        return chain(failure).filter(wanted).findFirst();
    }

    private static String deepest(Throwable failure) {
        return chain(failure)
                .reduce((before, e) -> e)
                .map(e -> String.valueOf(e.getMessage()))
                .orElse("");
    }

    private static Stream<Throwable> chain(Throwable failure) {
        return Stream.iterate(failure, e -> e != null, Throwable::getCause);
    }
}
