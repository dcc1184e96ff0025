package dev.plimsoll.model.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Nothing that somebody else put there is ever lost. */
class OwnDirectoryTest {

    /** What stands in our files of the time before the marker. */
    private static final String OLD = "ours";

    @TempDir
    Path home;

    @Test
    void isWrittenAndReplacedAsAWhole() throws IOException {
        Path place = home.resolve("a/b/out");
        write(place, "first");
        write(place, "second");
        assertThat(contents(home.resolve("a/b")))
                .containsOnlyKeys("out", "out/" + OwnDirectory.MARKER, "out/one", "out/two")
                .containsEntry("out/one", "second");
    }

    /**
     * Files that are copied from a model of which nothing may be written; root may all the same.
     */
    @Test
    void holdsFilesThatMayOnlyBeRead() throws IOException {
        Path model = Files.writeString(home.resolve("model"), "whole");
        Files.setPosixFilePermissions(model, PosixFilePermissions.fromString("r--r--r--"));
        Path place = home.resolve("out");
        thing(place).write(temporary -> {
            fill(temporary, "first");
            Files.delete(temporary.resolve("one"));
            Files.copy(model, temporary.resolve("one"));
        });
        assertThat(place.resolve("one")).hasContent("whole");
    }

    @Test
    void replacesWhatWasWrittenBeforeTheMarkerExistedAndAnEmptyDirectory() throws IOException {
        Path old = Files.createDirectory(home.resolve("old"));
        fill(old, OLD);
        write(old, "new");
        Path empty = Files.createDirectory(home.resolve("empty"));
        write(empty, "new");
        assertThat(contents(home))
                .containsEntry("old/one", "new")
                .containsEntry("empty/two", "new")
                .hasSize(8);
    }

    /** An earlier version wrote fewer files, and did not name them in the marker. */
    @Test
    void replacesWhatAnEarlierVersionWroteWithFewerFiles() throws IOException {
        Path old = Files.createDirectory(home.resolve("old"));
        fill(old, "old");
        marker(old, "{\"writtenBy\":\"plimsoll\",\"kind\":\"thing\"}");
        grown(old).write(directory -> {
            fill(directory, "new");
            Files.writeString(directory.resolve("card"), "new");
        });
        assertThat(contents(home)).containsEntry("old/card", "new").hasSize(5);
        grown(old).write(directory -> fill(directory, "newer"));
        assertThat(contents(home)).containsEntry("old/one", "newer").hasSize(4);
    }

    @Test
    void leavesAFileOfOurNamesThatTheMarkerDoesNotName() throws IOException {
        for (String files : List.of("", ",\"files\":[\"one\",\"two\"]", ",\"files\":3")) {
            Path old = Files.createDirectory(home.resolve("old" + files.length()));
            fill(old, "old");
            Files.writeString(old.resolve("card"), "mine");
            marker(old, "{\"writtenBy\":\"plimsoll\",\"kind\":\"thing\"" + files + "}");
            assertThatThrownBy(() -> grown(old).requireReplaceable())
                    .isInstanceOf(ForeignFileException.class)
                    .hasMessageContaining("which Plimsoll did not write");
        }
    }

    /** A marker that names others' files does not make them ours. */
    @Test
    void leavesWhatAMarkerNamesAndNoThingHolds() throws IOException {
        Path place = Files.createDirectory(home.resolve("place"));
        Files.writeString(place.resolve("letter"), "dear");
        marker(place, "{\"writtenBy\":\"plimsoll\",\"kind\":\"thing\",\"files\":[\"letter\"]}");
        refused(place, "holds 'letter'");
    }

    @Test
    void writesNoFileOfAnotherName() throws IOException {
        Path place = home.resolve("out");
        assertThatThrownBy(() -> thing(place)
                        .write(directory -> Files.writeString(directory.resolve("three"), "x")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("three");
        assertThat(contents(home)).isEmpty();
    }

    private static void marker(Path directory, String text) throws IOException {
        Files.writeString(directory.resolve(OwnDirectory.MARKER), text);
    }

    private static OwnDirectory grown(Path place) {
        return new OwnDirectory(
                place,
                "thing",
                Set.of("one", "two", "card")::contains,
                Set.of("one", "two"),
                _ -> false);
    }

    @Test
    void leavesFilesThatHaveOurNamesOnly() throws IOException {
        Path foreign = Files.createDirectory(home.resolve("foreign"));
        fill(foreign, "theirs");
        refused(foreign, "was not written by Plimsoll as thing");
        refused(foreign, "to replace it, remove it first");
    }

    @Test
    void leavesADirectoryOfSomebodyElse() throws IOException {
        Path documents = Files.createDirectories(home.resolve("user/documents"));
        Files.writeString(documents.resolve("letter"), "dear");
        refused(home.resolve("user"), "holds 'documents', which Plimsoll did not write");
        refused(documents.resolve("."), "holds 'letter'");
        refused(documents.resolve("letter"), "is not a directory");
        refused(Path.of("/"), "is the root directory");
    }

    @Test
    void leavesOurDirectoryOnceSomebodyPutAFileIntoIt() throws IOException {
        Path place = home.resolve("out");
        write(place, "first");
        Files.writeString(place.resolve("README.md"), "mine");
        refused(place, "holds 'README.md'");
    }

    @Test
    void leavesOneOfTheTwoFilesAloneAndAMarkerOfAnotherKind() throws IOException {
        Path half = Files.createDirectory(home.resolve("half"));
        Files.writeString(half.resolve("one"), "1");
        refused(half, "was not written by Plimsoll as thing");
        Path other = home.resolve("other");
        new OwnDirectory(other, "other", Set.of("one"))
                .write(directory -> Files.writeString(directory.resolve("one"), "x"));
        refused(other, "was not written by Plimsoll as thing");
        Path forged = Files.createDirectory(home.resolve("forged"));
        Files.writeString(forged.resolve(OwnDirectory.MARKER), "no JSON");
        refused(forged, "was not written by Plimsoll as thing");
    }

    @Test
    void followsNoSymbolicLink() throws IOException {
        Path place = home.resolve("out");
        write(place, "first");
        Files.createSymbolicLink(home.resolve("link"), place);
        refused(home.resolve("link"), "is a symbolic link");
        Files.createSymbolicLink(home.resolve("dangling"), home.resolve("nowhere"));
        refused(home.resolve("dangling"), "is a symbolic link");
        Path letter = Files.writeString(home.resolve("letter"), "dear");
        Files.delete(place.resolve("one"));
        Files.createSymbolicLink(place.resolve("one"), letter);
        refused(place, "holds 'one', which is not a regular file");
    }

    @Test
    void aFileThatComesWhileItIsWrittenIsNotLost() throws IOException {
        Path place = home.resolve("out");
        write(place, "first");
        assertThatThrownBy(() -> thing(place).write(directory -> {
                    fill(directory, "second");
                    Files.writeString(place.resolve("letter"), "dear");
                }))
                .isInstanceOf(ForeignFileException.class)
                .hasMessageContaining("holds 'letter'");
        assertThat(contents(home))
                .containsEntry("out/letter", "dear")
                .containsEntry("out/one", "first")
                .hasSize(5);
    }

    @Test
    void aFailureLeavesTheOldOne() throws IOException {
        Path place = home.resolve("out");
        write(place, "first");
        assertThatThrownBy(() -> thing(place).write(_ -> {
                    throw new IOException("disk full");
                }))
                .hasMessageContaining("disk full");
        assertThat(contents(home)).containsEntry("out/one", "first").hasSize(4);
    }

    @Test
    void aNewDirectoryReplacesNothing() throws IOException {
        Path place = home.resolve("new");
        OwnDirectory.writeNew(place, directory -> fill(directory, "x"));
        assertThat(contents(place)).containsOnlyKeys("one", "two");
        Files.createSymbolicLink(home.resolve("dangling"), home.resolve("nowhere"));
        for (String taken : List.of("new", "dangling", "")) {
            assertThatThrownBy(() -> OwnDirectory.writeNew(
                            home.resolve(taken), directory -> fill(directory, "y")))
                    .isInstanceOf(ForeignFileException.class)
                    .hasMessageContaining("exists already");
        }
        assertThat(contents(place)).containsEntry("one", "x");
    }

    private void refused(Path place, String because) throws IOException {
        Map<String, String> before = contents(home);
        assertThatThrownBy(() -> thing(place).requireReplaceable())
                .isInstanceOf(ForeignFileException.class)
                .hasMessageContaining(because);
        assertThatThrownBy(() -> write(place, "theirs"))
                .isInstanceOf(ForeignFileException.class)
                .hasMessageContaining(because);
        assertThat(contents(home)).isEqualTo(before);
    }

    private static OwnDirectory thing(Path place) {
        return new OwnDirectory(
                place,
                "thing",
                Set.of("one", "two"),
                directory -> Files.readString(directory.resolve("one")).equals(OLD));
    }

    private static void write(Path place, String text) throws IOException {
        thing(place).write(directory -> fill(directory, text));
    }

    private static void fill(Path directory, String text) throws IOException {
        Files.writeString(directory.resolve("one"), text);
        Files.writeString(directory.resolve("two"), text);
    }

    /** By path below the root, what a file holds, or what else it is. */
    private static Map<String, String> contents(Path root) throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path path : walk.filter(p -> !p.equals(root)).toList()) {
                found.put(
                        root.relativize(path).toString(),
                        Files.isSymbolicLink(path)
                                ? "-> " + Files.readSymbolicLink(path)
                                : Files.isDirectory(path) ? "directory" : Files.readString(path));
            }
        }
        return found;
    }
}
