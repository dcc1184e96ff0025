package dev.plimsoll.cli;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** Looks, before anything is started, whether there is room for a run's topics and logs. */
public final class DiskSpace {

    /** A small run's topics and logs. A large one needs more. */
    private static final long LEAST_MEBIBYTES = 500;

    private DiskSpace() {}

    /**
     * Ends the command when there is too little room.
     *
     * @param directory may not be there yet
     */
    public static void require(Path directory) throws IOException {
        Path there = directory.toAbsolutePath().normalize();
        while (!Files.exists(there)) {
            there = there.getParent();
        }
        FileStore store = Files.getFileStore(there);
        if (store.getTotalSpace() == 0 || !Files.isWritable(there)) {
            throw CliFailure.input(
                    "'" + there + "' cannot be written; give --dir a directory that can");
        }
        require(directory, store.getUsableSpace() >> 20);
    }

    static void require(Path directory, long freeMebibytes) {
        if (freeMebibytes < LEAST_MEBIBYTES) {
            throw CliFailure.input("there are " + freeMebibytes + " MiB free where '" + directory
                    + "' lies, and a run needs " + LEAST_MEBIBYTES
                    + " MiB at least for its topics and logs; make room, or give another --dir");
        }
    }
}
