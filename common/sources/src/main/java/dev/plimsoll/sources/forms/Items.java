package dev.plimsoll.sources.forms;

import dev.plimsoll.sources.SourceItem;

import java.io.IOException;
import java.util.Optional;

/** The records of one file, in their order. */
public interface Items extends AutoCloseable {

    /**
     * The next one; empty at the end of the file.
     *
     * @throws IOException if the file cannot be read any further
     */
    Optional<SourceItem> next() throws IOException;

    @Override
    default void close() throws IOException {}
}
