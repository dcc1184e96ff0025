package dev.plimsoll.engine.script;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Wraps TorchScript source into the archive that libtorch loads: a zip with the source as plain
 * text and a pickle that says "one object of class __torch__.Llama, whose only attribute is
 * training = False".
 */
final class ScriptArchive {

    /**
     * The newest file format that libtorch 2.7 and later read; older ones change the meaning of
     * some operators.
     */
    private static final String FILE_FORMAT = "10\n";

    private ScriptArchive() {}

    static byte[] wrap(String className, String source) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            add(zip, "plimsoll/data.pkl", object(className));
            add(zip, "plimsoll/code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
            add(zip, "plimsoll/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
            add(zip, "plimsoll/version", FILE_FORMAT.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException("a zip in memory cannot fail", e);
        }
        return bytes.toByteArray();
    }

    /** Pickle protocol 2: class, empty tuple, new object, {"training": False}, build, stop. */
    private static byte[] object(String className) throws IOException {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.write(new byte[] {(byte) 0x80, 2});
        pickle.write(("c__torch__\n" + className + "\n)").getBytes(StandardCharsets.US_ASCII));
        pickle.write(new byte[] {(byte) 0x81, '}', '(', 'X', 8, 0, 0, 0});
        pickle.write("training".getBytes(StandardCharsets.US_ASCII));
        pickle.write(new byte[] {(byte) 0x89, 'u', 'b', '.'});
        return pickle.toByteArray();
    }

    /** Stored, not deflated, as PyTorch writes it. */
    private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 checksum = new CRC32();
        checksum.update(content);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
