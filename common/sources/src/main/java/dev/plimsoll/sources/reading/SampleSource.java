package dev.plimsoll.sources.reading;

import dev.plimsoll.sources.SourceFile;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * Samples out of what people give: files, directories, patterns, standard input. One record is in
 * memory at a time. Files are read in the order in which they were given; a directory's in the
 * order of their names.
 *
 * <pre>
 * try (SampleSource source = SampleSource.open(paths, options, System.in)) {
 *     Optional&lt;SourceItem&gt; item = source.next();
 *     while (item.isPresent()) {
 *         switch (item.get()) { … }
 *         item = source.next();
 *     }
 * }
 * </pre>
 */
public final class SampleSource implements AutoCloseable {

    private final List<SourceFile> files;
    private final SourceOptions options;
    private final InputStream stdin;
    private int nextFile;
    private Optional<FileReading> current = Optional.empty();

    private SampleSource(List<SourceFile> files, SourceOptions options, InputStream stdin) {
        this.files = files;
        this.options = options;
        this.stdin = stdin;
    }

    /**
     * Finds the files; reads none of them yet.
     *
     * @param paths files, directories (with all below them, hidden files aside), patterns with
     *     {@code *}, {@code ?}, {@code [}, {@code {}, or {@code -} for {@code stdin}
     * @throws UnusableSourceException if one names nothing that can be read
     */
    public static SampleSource open(List<String> paths, SourceOptions options, InputStream stdin) {
        return new SampleSource(SourceFiles.find(paths), options, stdin);
    }

    /**
     * The same for a command that does not read standard input: {@code -} is refused.
     *
     * @throws UnusableSourceException if one names nothing that can be read
     */
    public static SampleSource open(List<String> paths, SourceOptions options) {
        return new SampleSource(
                SourceFiles.findFiles(paths), options, InputStream.nullInputStream());
    }

    /** The files, in the order in which they are read. */
    public List<SourceFile> files() {
        return files;
    }

    /**
     * The next item; of each file the first is {@link SourceItem.Opened}. Empty after the last. A
     * file that cannot be read any further is told as {@link SourceItem.Broken}, and the next file
     * follows.
     */
    public Optional<SourceItem> next() {
        while (true) {
            if (current.isPresent()) {
                Optional<SourceItem> item = current.get().next();
                if (item.isPresent()) {
                    return item;
                }
                close();
            }
            if (nextFile == files.size()) {
                return Optional.empty();
            }
            current = Optional.of(FileReading.open(files.get(nextFile++), options, stdin));
        }
    }

    @Override
    public void close() {
        if (current.isPresent()) {
            try {
                current.get().close();
            } catch (IOException e) {
                // it was only read; nothing is lost by a failed close
            }
            current = Optional.empty();
        }
    }
}
