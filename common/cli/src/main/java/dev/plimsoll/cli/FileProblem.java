package dev.plimsoll.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What a person is told when a file cannot be read or written: which, why, and what to do. */
final class FileProblem {

    private FileProblem() {}

    static String sentence(Exception e) {
        IOException innermost = innermost(e);
        String said = e.getMessage() == null ? "" : e.getMessage();
        String why = reason(innermost);
        // the message of a wrapped exception without one of its own is the cause's, with its class
        String what = said.isEmpty() || said.contains(innermost.getClass().getName())
                ? "a file cannot be used"
                : said;
        String both = what.contains(why) ? what : what + ": " + why;
        return both + remedy(why);
    }

    private static IOException innermost(Throwable e) {
        IOException found = null;
        for (Throwable is = e; is != null; is = is.getCause()) {
            found = is instanceof IOException io ? io : found;
        }
        return found == null ? new IOException(e) : found;
    }

    private static String reason(IOException e) {
        if (e instanceof FileSystemException of && of.getReason() == null) {
            return of.getFile() + ": "
                    + switch (of) {
                        case AccessDeniedException _ -> "permission denied";
                        case NoSuchFileException _ -> "there is no such file";
                        case FileAlreadyExistsException _ -> "something lies there already";
                        case NotDirectoryException _ -> "it is not a directory";
                        default -> e.getClass().getSimpleName();
                    };
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static String remedy(String why) {
        return why.contains("No space left") || why.contains("quota exceeded")
                ? "; make room there, and try again: nothing half-written was left"
                : "";
    }
}
