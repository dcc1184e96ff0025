package dev.plimsoll.processes.libtorch;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the search for a libtorch asks of the machine. */
interface Machine {

    /** Whether there is anything of this name. */
    boolean exists(Path file);

    /** What a directory holds, by name; nothing where there is no such directory. */
    List<Path> entries(Path directory);

    /** A small text file; empty where there is none. */
    Optional<String> text(Path file);

    /** What an interpreter prints for a script; empty where there is none or it fails. */
    Optional<String> python(String interpreter, String script);
}
