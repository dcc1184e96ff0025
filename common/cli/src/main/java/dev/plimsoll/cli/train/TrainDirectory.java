package dev.plimsoll.cli.train;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.samples.Reading;
import dev.plimsoll.model.files.ForeignFileException;
import dev.plimsoll.model.files.OwnReport;
import dev.plimsoll.processes.RunDirectory;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.settings.RunCatalogue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The directory in which {@code plimsoll train} keeps one run. It is known by its file train.json.
 * One process at a time works in it.
 */
final class TrainDirectory implements AutoCloseable {

    private static final String JOB = "train.json";
    private static final String LOCK = "lock";
    /** Stands in a lock file that has no name any more, for those who had opened it before. */
    private static final byte[] REMOVED = "removed".getBytes(UTF_8);

    private final Path root;
    private final FileChannel lock;
    /** Directories that this start made, the innermost first. */
    private final List<Path> made;

    private final Optional<Object> lockKey;

    private TrainDirectory(Path root, FileChannel lock, List<Path> made) throws IOException {
        this.root = root;
        this.lock = lock;
        this.lockKey = fileKey(root.resolve(LOCK));
        this.made = made;
    }

    /**
     * Takes a new or empty directory, or that of an earlier run. Throws
     * {@link ForeignFileException} for any other, of which nothing is changed.
     */
    static TrainDirectory open(Path given) {
        Path root = given.toAbsolutePath().normalize();
        try {
            requireOurs(root);
            Path logs = root.resolve("logs");
            List<Path> missing = Stream.iterate(logs, Objects::nonNull, Path::getParent)
                    .takeWhile(path -> !Files.exists(path, LinkOption.NOFOLLOW_LINKS))
                    .toList();
            Files.createDirectories(logs);
            FileChannel channel = FileChannel.open(
                    root.resolve(LOCK),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            if (!isHeld(channel, root.resolve(LOCK))) {
                channel.close();
                throw CliFailure.input("another `plimsoll train` works in " + root
                        + "; wait for it, or give another --dir");
            }
            return new TrainDirectory(root, channel, missing);
        } catch (AccessDeniedException e) {
            throw CliFailure.input(
                    "'" + e.getFile() + "' cannot be written; give --dir a directory that can");
        } catch (IOException e) {
            throw CliFailure.input("the directory " + root + " cannot be used (" + e.getMessage()
                    + "); give another --dir");
        }
    }

    /**
     * Locks the file. It does not where another start that was refused has just removed it: what is
     * locked must be what the next one finds under its name.
     *
     * <p>The file must not be opened again by this process while it is locked: on POSIX systems, to
     * close any descriptor of a file gives back all locks that the process has on it.
     */
    private static boolean isHeld(FileChannel channel, Path lock) throws IOException {
        FileLock held = channel.tryLock();
        if (held == null) {
            return false;
        }
        ByteBuffer mark = ByteBuffer.allocate(REMOVED.length);
        channel.read(mark, 0);
        return !Arrays.equals(mark.array(), REMOVED) && Files.exists(lock);
    }

    private static void requireOurs(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
            throw new ForeignFileException(
                    "'" + root + "' is not a directory; give --dir a directory");
        }
        if (Files.exists(root.resolve(JOB))) {
            return;
        }
        try (Stream<Path> entries = Files.list(root)) {
            Optional<Path> foreign = entries.filter(entry -> !isOfAStart(entry)).findFirst();
            if (foreign.isPresent()) {
                throw new ForeignFileException("'" + root + "' holds '"
                        + foreign.get().getFileName() + "', which `plimsoll train` did not write; "
                        + "give --dir a directory that does not exist yet, or that of an earlier "
                        + "run");
            }
        }
    }

    /** What a start leaves that was killed before its run began. */
    private static boolean isOfAStart(Path entry) {
        String name = entry.getFileName().toString();
        return name.equals(LOCK) || name.equals("logs");
    }

    /**
     * The run's job: the one that is written here, with which everything given must agree, or a new
     * one of what is given.
     *
     * @param model null if it was not given
     * @param settings of the run, as given now
     */
    TrainJob job(
            Path model,
            List<String> data,
            List<String> evalData,
            Reading reading,
            Map<String, String> settings)
            throws IOException {
        SortedMap<String, String> given = new TreeMap<>(settings);
        given.remove(RunCatalogue.MODEL.name());
        Optional<TrainJob> earlier = read();
        if (earlier.isEmpty()) {
            return begin(model, data, evalData, reading, given);
        }
        TrainJob job = earlier.get();
        requireSame("model", job.model(), model == null ? null : model.toString());
        requireSame("data", job.data(), data.isEmpty() ? null : absolute(data));
        requireSame("eval-data", job.evalData(), evalData.isEmpty() ? null : absolute(evalData));
        requireSame("format", told(job.reading().format()), told(reading.format()));
        requireSame("map", told(job.reading().map()), told(reading.map()));
        requireSame("text-unit", told(job.reading().textUnit()), told(reading.textUnit()));
        given.forEach((name, value) -> requireSame(name, job.settings().get(name), value));
        return job;
    }

    private TrainJob begin(
            Path model,
            List<String> data,
            List<String> evalData,
            Reading reading,
            SortedMap<String, String> given) {
        if (model == null || data.isEmpty()) {
            throw CliFailure.usage((model == null ? "--model" : "--data")
                    + " is missing: there is no earlier run in " + root
                    + "; give --model DIR and --data FILE");
        }
        return new TrainJob(
                model.toString(),
                absolute(data),
                absolute(evalData),
                reading,
                given,
                new TreeMap<>(),
                -1);
    }

    private static String told(String given) {
        return given.isEmpty() ? null : given;
    }

    private static List<String> told(List<String> given) {
        return given.isEmpty() ? null : given;
    }

    private void requireSame(String name, Object before, Object now) {
        if (now != null && !now.equals(before)) {
            throw CliFailure.usage("--" + name + " is " + now + ", but the run in " + root
                    + (before == null ? " was begun without it" : " was begun with " + before)
                    + "; leave it out to go on with that run, or give another --dir");
        }
    }

    /** A pattern stays as it is, below this process's directory. */
    private static List<String> absolute(List<String> files) {
        return files.stream()
                .map(file -> Path.of(file).toAbsolutePath().normalize().toString())
                .toList();
    }

    private Optional<TrainJob> read() throws IOException {
        Path file = root.resolve(JOB);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode json = Json.mapper().readTree(file.toFile());
            SortedMap<String, String> settings = new TreeMap<>();
            json.path("settings")
                    .properties()
                    .forEach(entry ->
                            settings.put(entry.getKey(), entry.getValue().asText()));
            if (!json.path("model").isTextual() || !json.path("submitted").isIntegralNumber()) {
                throw unreadable(file);
            }
            return Optional.of(new TrainJob(
                    json.path("model").asText(),
                    texts(json.path("data")),
                    texts(json.path("evalData")),
                    reading(json.path("reading")),
                    settings,
                    files(json.path("files")),
                    json.path("submitted").asLong()));
        } catch (JsonProcessingException e) {
            throw unreadable(file);
        }
    }

    private static RuntimeException unreadable(Path file) {
        return CliFailure.input(file + " was not written by `plimsoll train`, or is damaged; give "
                + "another --dir, or restore the file");
    }

    private static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asText).toList();
    }

    /** A job of an earlier version has none. */
    private static Reading reading(JsonNode object) {
        return new Reading(
                object.path("format").asText(),
                texts(object.path("map")),
                object.path("textUnit").asText());
    }

    private static SortedMap<String, DataFile> files(JsonNode object) {
        SortedMap<String, DataFile> files = new TreeMap<>();
        object.properties()
                .forEach(file -> files.put(
                        file.getKey(),
                        new DataFile(
                                file.getValue().path("bytes").asLong(),
                                file.getValue().path("sha256").asText())));
        return files;
    }

    void write(TrainJob job) {
        OwnReport.of(root.resolve(JOB), TrainJob.class).write(job);
    }

    boolean hasJob() {
        return Files.exists(root.resolve(JOB));
    }

    /**
     * Forgets a job whose run was never begun. Nothing but what {@code plimsoll train} wrote is
     * removed; the broker and all programs must have ended.
     */
    void forget() throws IOException {
        Files.deleteIfExists(root.resolve(JOB));
        run().removeAll();
    }

    Path root() {
        return root;
    }

    RunDirectory run() {
        return new RunDirectory(root);
    }

    Path adapter() {
        return root.resolve("adapter");
    }

    /**
     * Where no run was begun, what this start made is removed. The lock is held until that is done:
     * nobody else works here meanwhile.
     */
    @Override
    public void close() throws IOException {
        try {
            if (!Files.exists(root.resolve(JOB)) && isLockOurs()) {
                Files.deleteIfExists(root.resolve(LOCK));
                lock.truncate(0).write(ByteBuffer.wrap(REMOVED), 0);
                for (Path directory : made) {
                    Files.deleteIfExists(directory);
                }
            }
        } catch (DirectoryNotEmptyException e) {
            // somebody else has put something there
        } finally {
            lock.close();
        }
    }

    /** It is not where somebody has removed the directory meanwhile, and another start made it. */
    private boolean isLockOurs() throws IOException {
        return fileKey(root.resolve(LOCK)).equals(lockKey);
    }

    /** What tells a file from another one that has its name later; empty where there is none. */
    private static Optional<Object> fileKey(Path file) throws IOException {
        try {
            return Optional.ofNullable(
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                            .fileKey());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
