package dev.plimsoll.production;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;

/** Signs certificates for tests, also such as have expired. */
final class TestAuthority {

    static final String STORE_PASSWORD = "store-secret";

    private static final AtomicLong SERIALS = new AtomicLong(System.currentTimeMillis());

    private final String name;
    private final KeyPair keys;
    private final X509Certificate certificate;

    /** A key with the certificate that says whose it is, and that of the authority behind it. */
    record Identity(PrivateKey key, X509Certificate certificate, X509Certificate authority) {

        /** The store's password is that of all stores here. */
        Path pkcs12(Path file) throws IOException, GeneralSecurityException {
            KeyStore store = emptyStore();
            store.setKeyEntry("own", key, STORE_PASSWORD.toCharArray(), new Certificate[] {
                certificate, authority
            });
            return write(store, file);
        }

        String keyPem() {
            return TestAuthority.pem("PRIVATE KEY", key.getEncoded());
        }

        String chainPem() throws GeneralSecurityException {
            return TestAuthority.pem("CERTIFICATE", certificate.getEncoded())
                    + TestAuthority.pem("CERTIFICATE", authority.getEncoded());
        }

        /** Key and chain in one file, as Kafka reads them. */
        Path pem(Path file) throws IOException, GeneralSecurityException {
            return Files.writeString(file, keyPem() + chainPem());
        }
    }

    TestAuthority(String name) throws GeneralSecurityException {
        this.name = name;
        this.keys = newKeys();
        this.certificate = sign(name, keys, true, Duration.ofDays(-1), Duration.ofDays(1));
    }

    /** A certificate that holds now. */
    Identity issue(String subject) throws GeneralSecurityException {
        return issue(subject, Duration.ofDays(-1), Duration.ofDays(1));
    }

    /** One that ended yesterday. */
    Identity expired(String subject) throws GeneralSecurityException {
        return issue(subject, Duration.ofDays(-2), Duration.ofDays(-1));
    }

    private Identity issue(String subject, Duration from, Duration to)
            throws GeneralSecurityException {
        KeyPair own = newKeys();
        return new Identity(own.getPrivate(), sign(subject, own, false, from, to), certificate);
    }

    Path truststore(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = emptyStore();
        store.setCertificateEntry("authority", certificate);
        return write(store, file);
    }

    String pem() throws GeneralSecurityException {
        return pem("CERTIFICATE", certificate.getEncoded());
    }

    private X509Certificate sign(
            String subject, KeyPair own, boolean authority, Duration from, Duration to)
            throws GeneralSecurityException {
        Instant now = Instant.now();
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    new X500Name("CN=" + name),
                    BigInteger.valueOf(SERIALS.incrementAndGet()),
                    Date.from(now.plus(from)),
                    Date.from(now.plus(to)),
                    new X500Name("CN=" + subject),
                    own.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            builder.addExtension(
                    Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
                        new GeneralName(GeneralName.dNSName, "localhost"),
                        new GeneralName(GeneralName.iPAddress, "127.0.0.1")
                    }));
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA")
                            .build(keys.getPrivate())));
        } catch (CertIOException | OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static KeyPair newKeys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static Path write(KeyStore store, Path file)
            throws IOException, GeneralSecurityException {
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, STORE_PASSWORD.toCharArray());
        }
        return file;
    }

    private static String pem(String what, byte[] encoded) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                        .encodeToString(encoded)
                + "\n-----END " + what + "-----\n";
    }
}
