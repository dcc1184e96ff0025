package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import dev.plimsoll.model.files.OwnDirectory;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Commands that write where something foreign lies: nothing changes, and a sentence says why. */
@Tag("slow")
class ForeignFilesTest {

    private static final String NEWLINE = "\u00b6";

    @TempDir
    static Path home;

    /** Everything that a user may have and that no command may touch. */
    @BeforeAll
    static void fill() throws IOException {
        file("full/notes.txt", "mine");
        file("full/sub/deep.txt", "mine too");
        file("file.txt", "a text");
        file("model/config.json", "{\"hidden_size\": 8}");
        file("model/model.safetensors", "\0\1\2\3");
        file("adapter/adapter_config.json", "{}");
        file("adapter/foreign.txt", "mine");
        file("adapter/" + OwnDirectory.MARKER, marker("adapter"));
        file("other/" + OwnDirectory.MARKER, marker("something else"));
        file("like/adapter_config.json", "{\"peft_type\":\"LORA\"}");
        file("like/adapter_model.safetensors", "weights of somebody");
        file("lines/a\nplimsoll: done", "forged");
        file("linked/" + OwnDirectory.MARKER, marker("adapter"));
        file("linked/adapter_model.safetensors", "");
        file("nested/" + OwnDirectory.MARKER, marker("adapter"));
        file("nested/adapter_config.json/deep.txt", "mine");
        file("report.json", "{\"writtenBy\": \"somebody\"}");
        file("list.json", "[1, 2, 3]");
        file("picture.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
        Files.createSymbolicLink(
                home.resolve("linked/adapter_config.json"), Path.of("../file.txt"));
        Files.createSymbolicLink(home.resolve("link-dir"), Path.of("full"));
        Files.createSymbolicLink(home.resolve("link-file"), Path.of("file.txt"));
        Files.createSymbolicLink(home.resolve("link-link"), Path.of("link-dir"));
        Files.createSymbolicLink(home.resolve("dangling"), Path.of("nowhere"));
    }

    private static void file(String name, String content) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private static String marker(String kind) {
        return "{\"writtenBy\":\"plimsoll\",\"kind\":\"" + kind + "\"}\n";
    }

    /** {@code @} is the directory above, {@code ¶} the end of a line. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            export @/full                               | 4 | which Plimsoll did not write
            export @/full/                              | 4 | which Plimsoll did not write
            export @/full/../full                       | 4 | which Plimsoll did not write
            export @/full/sub/..                        | 4 | which Plimsoll did not write
            export @/full/sub                           | 4 | holds 'deep.txt'
            export @                                    | 4 | which Plimsoll did not write
            export .                                    | 4 | which Plimsoll did not write
            export ..                                   | 4 | which Plimsoll did not write
            export /                                    | 4 | is the root directory
            export /..                                  | 4 | is the root directory
            export @/file.txt                           | 4 | is not a directory
            export @/link-dir                           | 4 | is a symbolic link
            export @/link-file                          | 4 | is a symbolic link
            export @/link-link                          | 4 | is a symbolic link
            export @/dangling                           | 4 | is a symbolic link
            export @/model                              | 4 | which Plimsoll did not write
            export @/adapter                            | 4 | holds 'foreign.txt'
            export @/linked                             | 4 | holds 'adapter_config.json', which is not a regular file
            export @/nested                             | 4 | holds 'adapter_config.json', which is not a regular file
            export @/other                              | 4 | was not written by Plimsoll as adapter
            export @/like                               | 4 | was not written by Plimsoll as adapter
            export @/lines                              | 4 | holds 'a plimsoll: done'
            export @/lines/a¶plimsoll: done             | 4 | a plimsoll: done' is not a directory
            export @/file.txt/adapter                   | 4 | file.txt' is not a directory
            export @/dangling/adapter                   | 4 | dangling' is a link to something that is no directory
            export @/link-file/a/b                      | 4 | link-file' is a link to something that is no directory
            export --with-optimizer @/full              | 4 | which Plimsoll did not write
            export --with-optimizer @/link-dir          | 4 | is a symbolic link
            export --checkpoint best @/model            | 4 | which Plimsoll did not write
            export @/new --prefix ../x                  | 4 | prefix is '../x'
            export @/new --prefix a/b                   | 4 | prefix is 'a/b'
            model create @/full                         | 4 | full' exists already
            model create @/file.txt                     | 4 | file.txt' exists already
            model create @/link-dir                     | 4 | link-dir' exists already
            model create @/dangling                     | 4 | dangling' exists already
            model create @/full/..                      | 4 | exists already
            model create /                              | 4 | '/' exists already
            model create .                              | 4 | exists already
            model create @/file.txt/x                   | 4 | file.txt' is not a directory
            model create @/dangling/x                   | 4 | dangling' is a link to something
            demo --report @/file.txt                    | 4 | is not an earlier report
            demo --report @/report.json                 | 4 | is not an earlier report
            demo --report @/list.json                   | 4 | is not an earlier report
            demo --report @/model/config.json           | 4 | is not an earlier report
            demo --report @/model/model.safetensors     | 4 | is not an earlier report
            demo --report @/full                        | 4 | is not a regular file
            demo --report @/link-file                   | 4 | is not a regular file
            demo --report @/dangling                    | 4 | is not a regular file
            demo --report @/file.txt/report.json        | 4 | file.txt' is not a directory
            demo --report @/dangling/report.json        | 4 | is a link to something
            demo --report /                             | 4 | is not a regular file
            demo --dir @/file.txt                       | 4 | file.txt' is not a directory
            demo --dir @/link-file                      | 4 | link-file' is not a directory
            demo --dir @/dangling                       | 4 | dangling' is not a directory
            demo --dir @/file.txt/runs                  | 4 | file.txt' is not a directory
            bench fleet --json @/file.txt               | 4 | is not an earlier report
            bench fleet --json @/link-file              | 4 | is not a regular file
            bench fleet --json @/dangling/x             | 4 | is a link to something
            bench fleet --picture @/picture.svg         | 4 | is not an earlier picture
            bench fleet --picture @/model/config.json   | 4 | is not an earlier picture
            bench fleet --picture @/link-file           | 4 | is not an earlier picture
            bench fleet --picture @/dangling            | 4 | is not an earlier picture
            bench fleet --picture @/full                | 4 | is not an earlier picture
            bench fleet --picture @/file.txt/x.svg      | 4 | file.txt' is not a directory
            bench fleet --device cpu --dir @/file.txt   | 4 | file.txt' is not a directory
            bench malformed --dir @/file.txt            | 4 | file.txt' is not a directory
            bench malformed --dir @/dangling            | 4 | dangling' is not a directory
            bench submit --dir @/file.txt/x             | 4 | file.txt' is not a directory
            bench stream --dir @/dangling/x             | 4 | is a link to something
            bench simulate-fleet --json @/file.txt      | 4 | is not an earlier report
            """)
    void nothingForeignChanges(String line, int exitCode, String message) throws IOException {
        SortedMap<String, String> before = tree();
        StringWriter err = new StringWriter();
        String[] arguments = Stream.concat(Arrays.stream(line.split(" (?!done)")), more(line))
                .map(each -> each.replace("@", home.toString()).replace(NEWLINE, "\n"))
                .toArray(String[]::new);
        int code = Plimsoll.commandLine()
                .setOut(new PrintWriter(new StringWriter(), true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
        assertThat(tree()).isEqualTo(before);
        assertThat(err.toString()).contains(message).startsWith("plimsoll: ");
        assertThat(err.toString().trim()).as("one line").doesNotContain("\n");
        assertThat(code).isEqualTo(exitCode);
    }

    /** What a command needs besides, so that only the place is wrong. */
    private static Stream<String> more(String line) {
        Stream<String> broker = Stream.of("--bootstrap", "localhost:1");
        Stream<String> model = Stream.of("--model", "../model/tiny-llama");
        if (line.startsWith("export")) {
            return Stream.concat(broker, model);
        }
        if (line.startsWith("model create")) {
            return Stream.of("--tokenizer", "../model/tiny-llama");
        }
        return line.contains("simulate-fleet") ? Stream.of() : model;
    }

    @Test
    void aDirectoryThatMayNotBeWrittenIsTold() throws IOException {
        Path shut = Files.createDirectory(
                home.resolve("shut"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
        try {
            assumeFalse(Files.isWritable(shut), "this user may write everywhere");
            nothingForeignChanges("export @/shut/adapter", 4, "nothing may be written in");
            nothingForeignChanges("model create @/shut/model", 4, "nothing may be written in");
            nothingForeignChanges("demo --report @/shut/x.json", 4, "nothing may be written in");
            nothingForeignChanges("demo --dir @/shut/x", 4, "nothing may be written in");
        } finally {
            Files.delete(shut);
        }
    }

    /** Name, kind, time and content of everything there is. */
    private static SortedMap<String, String> tree() throws IOException {
        SortedMap<String, String> tree = new TreeMap<>();
        try (Stream<Path> all = Files.walk(home)) {
            for (Path each : all.toList()) {
                BasicFileAttributes is =
                        Files.readAttributes(each, BasicFileAttributes.class, NOFOLLOW_LINKS);
                String content = is.isSymbolicLink()
                        ? "link to " + Files.readSymbolicLink(each)
                        : is.isRegularFile() ? Files.readString(each) : "directory";
                tree.put(home.relativize(each).toString(), is.lastModifiedTime() + " " + content);
            }
        }
        return tree;
    }
}
