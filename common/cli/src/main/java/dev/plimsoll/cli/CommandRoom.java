package dev.plimsoll.cli;

import java.util.List;

/**
 * A package of commands. The command line finds its rooms with {@link java.util.ServiceLoader}, so
 * it needs no class of theirs to be compiled, and a module such as chaos can add one.
 */
public interface CommandRoom {

    /** Objects with picocli's annotation {@code Command}, in the order in which help shows them. */
    List<Object> commands();
}
