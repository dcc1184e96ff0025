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
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A directory of a few files that Plimsoll writes as a whole and may later replace as a whole. A
 * reader sees the old directory, for an instant none, or the new one; never a mixture and never a
 * half-written file.
 *
 * <p>It replaces nothing but what an earlier writing put there: a directory is ours when it holds
 * our marker and no other file than ours, or exactly our files without a marker if their content
 * shows that a version before the marker wrote them. An empty directory is replaced too. Everything
 * else is refused, and so is a symbolic link. Nothing is ever deleted recursively in a place that
 * the user named.
 *
 * @param path where it is to lie
 * @param kind what it holds, for the marker and for people, e.g. "adapter"
 * @param files the names of the files that it holds, the marker aside
 * @param unmarked whether a directory that holds exactly our files, without a marker, was written
 *     by us all the same; decided by what stands in them
 */
public record OwnDirectory(Path path, String kind, Set<String> files, Unmarked unmarked) {

    /** The file by which a directory is known to be ours. */
    public static final String MARKER = ".written-by-plimsoll";

    private static final ObjectMapper JSON = Json.mapper();
    private static final int LONGEST_MARKER_BYTES = 4096;

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

    /** One that never was written without a marker. */
    public OwnDirectory(Path path, String kind, Set<String> files) {
        this(path, kind, files, _ -> false);
    }

    public OwnDirectory {
        path = path.toAbsolutePath().normalize();
        files = Set.copyOf(files);
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
        TreeSet<String> names = new TreeSet<>();
        try (Stream<Path> entries = Files.list(place)) {
            for (Path entry : entries.toList()) {
                String name = entry.getFileName().toString();
                names.add(name);
                if (!files.contains(name) && !name.equals(MARKER)) {
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
                ? isOurs(place.resolve(MARKER))
                : names.isEmpty() || names.equals(files) && unmarked.isOurs(place);
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

    private boolean isOurs(Path marker) throws IOException {
        if (Files.size(marker) > LONGEST_MARKER_BYTES) {
            return false;
        }
        try {
            JsonNode text = JSON.readTree(Files.readAllBytes(marker));
            return text.path("writtenBy").asText().equals("plimsoll")
                    && text.path("kind").asText().equals(kind);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            return false;
        }
    }

    /**
     * Writes the directory with its marker.
     *
     * @param content writes exactly {@link #files}
     */
    public void write(Content content) throws IOException {
        requireReplaceable(path);
        place(path, directory -> {
            content.writeTo(directory);
            ObjectNode marker =
                    JSON.createObjectNode().put("writtenBy", "plimsoll").put("kind", kind);
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
        Files.createDirectory(temporary);
        try {
            content.writeTo(temporary);
            try (Stream<Path> written = Files.list(temporary)) {
                for (Path file : written.toList()) {
                    sync(file, StandardOpenOption.WRITE);
                }
            }
            sync(temporary, StandardOpenOption.READ);
            swap(temporary, place, aside);
            sync(parent, StandardOpenOption.READ);
        } finally {
            deleteFlat(temporary);
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
        for (String name : files) {
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

    /** For our temporary directory, whose files all are our own. */
    private static void deleteFlat(Path directory) throws IOException {
        if (!Files.exists(directory, NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> leftOver;
        try (Stream<Path> entries = Files.list(directory)) {
            leftOver = entries.toList();
        }
        for (Path file : leftOver) {
            Files.delete(file);
        }
        Files.delete(directory);
    }

    private static void sync(Path path, StandardOpenOption mode) throws IOException {
        try (FileChannel channel = FileChannel.open(path, mode)) {
            channel.force(true);
        }
    }
}
