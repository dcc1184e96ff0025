package dev.plimsoll.cli.train;

import java.io.IOException;
import java.nio.file.Path;

/** Another process that works in a directory, until its standard input ends. */
final class DirectoryHolder {

    private DirectoryHolder() {}

    static Process start(Path directory) throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty(
                                "surefire.test.class.path", System.getProperty("java.class.path")),
                        DirectoryHolder.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    public static void main(String[] arguments) throws IOException {
        try (TrainDirectory _ = TrainDirectory.open(Path.of(arguments[0]))) {
            System.out.println("held");
            System.in.readAllBytes();
        }
    }
}
