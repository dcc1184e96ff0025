package dev.plimsoll.processes.libtorch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * DJL's own native library, libdjl_torch.so, in its jar pytorch-jni. DJL unpacks it into its cache.
 *
 * @param version of the libtorch that it was made for
 * @param flavors for this architecture: cpu, and one such as cu128 for any CUDA
 */
public record NativeHalf(String version, SortedSet<String> flavors) {

    private static final String ROOT = "jnilib/";

    /** @param architecture as the property os.arch has it */
    public static NativeHalf read(Path jar, String architecture) {
        String directory = ROOT + "linux-" + architecture.replace("amd64", "x86_64") + "/";
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            SortedSet<String> flavors = new TreeSet<>();
            zip.stream()
                    .map(ZipEntry::getName)
                    .filter(name -> name.startsWith(directory) && name.endsWith(".so"))
                    .forEach(name ->
                            flavors.add(name.substring(directory.length(), name.lastIndexOf('/'))));
            Properties properties = new Properties();
            try (InputStream in = zip.getInputStream(zip.getEntry(ROOT + "pytorch.properties"))) {
                properties.load(in);
            }
            String both = properties.getProperty("jni_version"); // such as 2.7.1-0.36.0
            return new NativeHalf(both.substring(0, both.indexOf('-')), flavors);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + jar, e);
        }
    }

    /** The flavor for CUDA or for CPUs; empty where there is none for this architecture. */
    Optional<String> flavor(boolean cuda) {
        return flavors.reversed().stream()
                .filter(flavor -> flavor.startsWith("cu") == cuda)
                .findFirst();
    }
}
