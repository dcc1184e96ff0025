package dev.plimsoll.wire.kafka;

import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;

import java.io.FileNotFoundException;
import java.nio.file.NoSuchFileException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Says in one sentence why no connection to the broker could be made, and what to change. */
final class ConnectionProblem {

    private static final String PROTOCOL = "security.protocol";
    private static final String KEYSTORE = "ssl.keystore";
    private static final String ALERT = "Received fatal alert: ";

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
        Optional<Throwable> store = cause(failure, ConnectionProblem::isStore);
        if (store.isPresent()) {
            return store.map(e -> "the keys or certificates that the Kafka client settings name "
                    + "cannot be read: " + withoutSecrets(e.getMessage())
                    + (e.getCause() == null ? "" : " (" + withoutSecrets(deepest(e)) + ")")
                    + "; check type (PKCS12 or PEM) and password of ssl.keystore and "
                    + "ssl.truststore");
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
        String what = deepest(failure);
        Optional<Throwable> outOfDate = cause(failure, ConnectionProblem::isOutOfDate);
        if (outOfDate.isPresent()) {
            return "the certificate of the broker at '" + bootstrap + "' has expired, or is not "
                    + "valid yet (" + outOfDate.get().getMessage() + "); renew it at the broker, "
                    + "or correct this machine's clock";
        }
        if (what.contains(ALERT)) {
            return refusedByTheBroker(what.substring(what.indexOf(ALERT) + ALERT.length()));
        }
        if (what.contains("subject alternative") || what.contains("No name matching")) {
            return "the certificate of the broker at '" + bootstrap + "' is for another name ("
                    + what + "); use a name that stands in it, or give the broker a certificate "
                    + "for this one";
        }
        if (cause(failure, CertificateException.class::isInstance).isPresent()
                || what.contains("certification path")) {
            return "the certificate of the broker at '" + bootstrap + "' is not trusted ("
                    + what + "); set ssl.truststore.location to a truststore that "
                    + "holds it or its authority";
        }
        return "the TLS handshake with the broker at '" + bootstrap + "' failed (" + what
                + "); check the settings that begin with ssl";
    }

    /** @param alert its name in TLS (RFC 8446, 6.2) */
    private String refusedByTheBroker(String alert) {
        boolean given = settings.keySet().stream().anyMatch(name -> name.startsWith(KEYSTORE));
        if (!given) {
            return "the broker at '" + bootstrap + "' asks for a certificate of this client and "
                    + "none is set (" + alert + "); set " + KEYSTORE + ".location, or " + KEYSTORE
                    + ".certificate.chain and " + KEYSTORE + ".key";
        }
        String wrong = alert.equals("certificate_required")
                ? "it is of no authority that the broker trusts, so it was not even shown"
                : "it has expired, or is of no authority that the broker trusts";
        return "the broker at '" + bootstrap + "' does not take this client's certificate ("
                + alert + "): " + wrong + "; have another one signed, and give it by " + KEYSTORE
                + ".location";
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
            if (ClientSettings.isSecret(setting.getKey()) && !setting.getValue().isEmpty()) {
                shown = shown.replace(setting.getValue(), "[hidden]");
            }
        }
        return shown.replace('\n', ' ');
    }

    private static boolean isMissingFile(Throwable e) {
        return e instanceof NoSuchFileException || e instanceof FileNotFoundException;
    }

    private static boolean isStore(Throwable e) {
        boolean loaded = e instanceof KafkaException
                && e.getMessage() != null
                && e.getMessage().startsWith("Failed to load");
        // who is not let in has one of these, too, by Kafka's classes
        return loaded
                || e instanceof InvalidConfigurationException
                        && !(e instanceof AuthenticationException);
    }

    private static boolean isOutOfDate(Throwable e) {
        return e instanceof CertificateExpiredException
                || e instanceof CertificateNotYetValidException;
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
