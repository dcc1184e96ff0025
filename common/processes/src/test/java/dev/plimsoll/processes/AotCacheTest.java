package dev.plimsoll.processes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

class AotCacheTest {

    @TempDir
    Path directory;

    @Test
    void isUsedWhereItIsAndNotMentionedWhereNot() throws Exception {
        AotCache cache = new AotCache(directory.resolve("worker.aot"));
        assertThat(cache.use()).isEmpty();

        Files.writeString(cache.file(), "");

        assertThat(cache.use()).contains("-XX:AOTCache=" + cache.file());
        assertThat(cache.record()).contains("-XX:AOTCacheOutput=" + cache.file());
    }

    @Test
    void aUselessOneIsNoticedByNobody() throws Exception {
        AotCache cache = new AotCache(directory.resolve("worker.aot"));
        Files.writeString(cache.file(), "of another JVM");

        assertThat(java(cache.use(), "AnyMain")).isEqualTo("started");
    }

    @Test
    void whatOneProcessRecordsAnotherUsesUntilItsJarChanges() throws Exception {
        Path jar = directory.resolve("any.jar");
        java(List.of(), "AnyMain");

        java(AotCache.of(directory, "any", jar.toString()).record(), "AnyMain");

        List<String> insisting =
                new ArrayList<>(AotCache.of(directory, "any", jar.toString()).use());
        insisting.add("-XX:AOTMode=on");
        assertThat(insisting).hasSizeGreaterThan(1);
        assertThat(java(insisting, "AnyMain")).isEqualTo("started");

        Files.setLastModifiedTime(jar, FileTime.fromMillis(1_000));

        assertThat(AotCache.of(directory, "any", jar.toString()).use()).isEmpty();
    }

    /** Output of a class in a jar that is made when it is not there, both streams. */
    private String java(List<String> options, String main) throws Exception {
        Path jar = directory.resolve("any.jar");
        if (!Files.exists(jar)) {
            Path source = directory.resolve(main + ".java");
            Files.writeString(
                    source,
                    "class " + main
                            + " { public static void main(String[] a) { "
                            + "System.out.print(\"started\"); } }");
            tool("javac", "-d", directory.resolve("classes").toString(), source.toString());
            tool("jar", "cf", jar.toString(), "-C", directory.resolve("classes").toString(), ".");
        }
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options);
        command.addAll(List.of("-cp", jar.toString(), main));
        return run(command);
    }

    private static void tool(String name, String... arguments) {
        assertThat(java.util.spi.ToolProvider.findFirst(name)
                        .orElseThrow()
                        .run(System.out, System.err, arguments))
                .isZero();
    }

    private String run(List<String> command) throws Exception {
        Path output = directory.resolve("output");
        new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        return Files.readString(output);
    }
}
