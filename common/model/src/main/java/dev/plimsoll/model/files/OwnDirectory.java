package dev.plimsoll.model.files;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A directory of a few files that Plimsoll writes as a whole and may later replace as a whole. A
 * reader sees the old directory, for an instant none, or the new one; never a mixture and never a
 * half-written file.
 *
 * <p>It replaces nothing but what an earlier writing put there: a directory is ours when it holds
 * our marker and no other file than those that the marker names, or exactly our files without a
 * marker if their content shows that a version before the marker wrote them. A marker of an earlier
 * version names no files; it stands for those that this version wrote. An empty directory is
 * replaced too. Everything else is refused, and so is a symbolic link. Nothing is ever deleted
 * recursively in a place that the user named.
 *
 * @param path where it is to lie
 * @param kind what it holds, for the marker and for people, e.g. "adapter"
 * @param files which names its files may have, the marker aside
 * @param unnamed the files of the time when the marker named none
 * @param unmarked whether a directory that holds exactly those, without a marker, was written by us
 *     all the same; decided by what stands in them
 */
public record OwnDirectory(
        Path path, String kind, Predicate<String> files, Set<String> unnamed, Unmarked unmarked) {

    /** The file by which a directory is known to be ours. */
    public static final String MARKER = ".written-by-plimsoll";

    private static final ObjectMapper JSON = Json.mapper();
    private static final int LONGEST_MARKER_BYTES = 1 << 20;

    /** Fills an empty directory. */
    @FunctionalInterface
    public interface Content {
        void writeTo(Path directory) throws IOException;
    }

    /** Looks into a directory without a marker. */
    @FunctionalInterface
    public interface Unmarked {
        boolean isOurs(Path directory) throws IOException;
    }

    /** One that always held these files. */
    public OwnDirectory(Path path, String kind, Set<String> files, Unmarked unmarked) {
        this(path, kind, Set.copyOf(files)::contains, files, unmarked);
    }

    /** One that always held these files, and never was written without a marker. */
    public OwnDirectory(Path path, String kind, Set<String> files) {
        this(path, kind, files, _ -> false);
    }

    public OwnDirectory {
        path = path.toAbsolutePath().normalize();
        unnamed = Set.copyOf(unnamed);
    }

    /**
     * Throws {@link ForeignFileException} if something lies there that must not be replaced. Call
     * it before long work; {@link #write} checks again.
     */
    public void requireReplaceable() {
        try {
            requireReplaceable(path);
            NewPlace.requirePossible(path);
        } catch (IOException e) {
            throw new ForeignFileException("what lies at " + NewPlace.shown(path)
                    + " cannot be looked at (" + e.getMessage()
                    + "), so it is left as it is; give another directory");
        }
    }

    private void requireReplaceable(Path place) throws IOException {
        if (!Files.exists(place, NOFOLLOW_LINKS)) {
            return;
        }
        if (path.getFileName() == null) {
            throw foreign("is the root directory");
        }
        if (Files.isSymbolicLink(place)) {
            throw foreign("is a symbolic link");
        }
        if (!Files.isDirectory(place, NOFOLLOW_LINKS)) {
            throw foreign("is not a directory");
        }
        Optional<Set<String>> marked = marked(place.resolve(MARKER));
        Set<String> own = marked.orElse(unnamed);
        TreeSet<String> names = new TreeSet<>();
        try (Stream<Path> entries = Files.list(place)) {
            for (Path entry : entries.toList()) {
                String name = entry.getFileName().toString();
                names.add(name);
                if (!own.contains(name) && !name.equals(MARKER)) {
                    throw foreign("holds " + NewPlace.shown(entry.getFileName())
                            + ", which Plimsoll did not write");
                }
                if (!Files.isRegularFile(entry, NOFOLLOW_LINKS)) {
                    throw foreign("holds " + NewPlace.shown(entry.getFileName())
                            + ", which is not a regular file");
                }
            }
        }
        boolean ours = names.contains(MARKER)
                ? marked.isPresent()
                : names.isEmpty() || names.equals(unnamed) && unmarked.isOurs(place);
        if (!ours) {
            throw new ForeignFileException(
                    NewPlace.shown(path) + " was not written by Plimsoll as " + kind
                            + ", so it is left as it is; to replace it, remove it first, or give a"
                            + " directory that does not exist yet");
        }
    }

    private ForeignFileException foreign(String what) {
        return new ForeignFileException(NewPlace.shown(path) + " " + what
                + ", so it is left as it is; give a directory that does not exist yet, or one that"
                + " holds an earlier " + kind + " and nothing else");
    }

    /** The names of our files, if it is a marker of this kind. */
    private Optional<Set<String>> marked(Path marker) throws IOException {
        if (!Files.isRegularFile(marker, NOFOLLOW_LINKS)
                || Files.size(marker) > LONGEST_MARKER_BYTES) {
            return Optional.empty();
        }
        try {
            JsonNode text = JSON.readTree(Files.readAllBytes(marker));
            if (!text.path("writtenBy").asText().equals("plimsoll")
                    || !text.path("kind").asText().equals(kind)) {
                return Optional.empty();
            }
            return Optional.of(
                    text.has("files")
                            ? text.path("files")
                                    .valueStream()
                                    .map(JsonNode::asText)
                                    .filter(files)
                                    .collect(Collectors.toSet())
                            : unnamed);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            return Optional.empty();
        }
    }

    /**
     * Writes the directory with its marker.
     *
     * @param content writes files of such names
     */
    public void write(Content content) throws IOException {
        requireReplaceable(path);
        place(path, directory -> {
            content.writeTo(directory);
            requireOwnNames(directory);
            ObjectNode marker =
                    JSON.createObjectNode().put("writtenBy", "plimsoll").put("kind", kind);
            names(directory).forEach(marker.putArray("files")::add);
            Files.writeString(directory.resolve(MARKER), marker + "\n");
        });
    }

    /**
     * Writes a directory that must not exist yet and gets no marker. Something that lies there is
     * never replaced.
     */
    public static void writeNew(Path path, Content content) throws IOException {
        Path place = path.toAbsolutePath().normalize();
        requireAbsent(place);
        new OwnDirectory(place, "new directory", Set.of()).place(place, content);
    }

    /** Throws {@link ForeignFileException} if anything lies there, a dangling link included. */
    public static void requireAbsent(Path path) {
        if (Files.exists(path, NOFOLLOW_LINKS)) {
            throw new ForeignFileException(
                    NewPlace.shown(path) + " exists already; remove it or give another directory");
        }
        NewPlace.requirePossible(path);
    }

    private void place(Path place, Content content) throws IOException {
        Path parent = place.getParent();
        Files.createDirectories(parent);
        String unique = UUID.randomUUID().toString().substring(0, 8);
        Path temporary = parent.resolve("." + place.getFileName() + ".tmp-" + unique);
        Path aside = parent.resolve("." + place.getFileName() + ".old-" + unique);
        try (UnfinishedDirectory _ = UnfinishedDirectory.create(temporary)) {
            content.writeTo(temporary);
            try (Stream<Path> written = Files.list(temporary)) {
                for (Path file : written.toList()) {
                    // a copy of a file that may only be read may only be read, too
                    sync(file, StandardOpenOption.READ);
                }
            }
            sync(temporary, StandardOpenOption.READ);
            swap(temporary, place, aside);
            sync(parent, StandardOpenOption.READ);
        }
    }

    private void swap(Path temporary, Path place, Path aside) throws IOException {
        boolean replaces = Files.exists(place, NOFOLLOW_LINKS);
        if (replaces) {
            Files.move(place, aside, StandardCopyOption.ATOMIC_MOVE);
        }
        try {
            if (replaces) {
                // what came into it since the first look is as foreign as what was there before
                requireReplaceable(aside);
            }
            Files.move(temporary, place, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException e) {
            if (replaces) {
                Files.move(aside, place, StandardCopyOption.ATOMIC_MOVE);
            }
            throw e;
        }
        if (replaces) {
            deleteOurs(aside);
        }
    }

    /** Deletes our own files by their names, then the directory if that leaves it empty. */
    private void deleteOurs(Path directory) throws IOException {
        for (String name : marked(directory.resolve(MARKER)).orElse(unnamed)) {
            Files.deleteIfExists(directory.resolve(name));
        }
        Files.deleteIfExists(directory.resolve(MARKER));
        try {
            Files.delete(directory);
        } catch (DirectoryNotEmptyException e) {
            throw new ForeignFileException(NewPlace.shown(path)
                    + " was written, but somebody put a file into the old one meanwhile; that file"
                    + " lies in " + directory + " now");
        }
    }

    private void requireOwnNames(Path directory) throws IOException {
        for (String name : names(directory)) {
            if (!files.test(name)) {
                throw new IllegalStateException(
                        "an " + kind + " has no file " + name + ", and one was written");
            }
        }
    }

    private static SortedSet<String> names(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static void sync(Path path, StandardOpenOption mode) throws IOException {
        try (FileChannel channel = FileChannel.open(path, mode)) {
            channel.force(true);
        }
    }
}
