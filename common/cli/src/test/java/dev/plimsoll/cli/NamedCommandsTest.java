package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Documents and manifests name commands that exist. */
class NamedCommandsTest {

    private static final Path TREE = Path.of("../..").toAbsolutePath().normalize();
    private static final List<String> PLACES = List.of("docs", "k8s", "README.md", "common/cli");
    private static final Pattern COMMAND =
            Pattern.compile("(?m)(?:`(?:\\./)?|-- |^ *(?:\\./)?)plimsoll ([a-z-]+)");

    @Test
    void everyCommandThatIsNamedExists() throws IOException {
        Set<String> commands =
                new HashSet<>(Plimsoll.commandLine().getSubcommands().keySet());
        commands.addAll(List.of("build", "test", "package", "chaos"));
        int found = 0;
        List<String> unknown = new ArrayList<>();
        for (Path file : files()) {
            Matcher named = COMMAND.matcher(Files.readString(file));
            for (; named.find(); found++) {
                if (!commands.contains(named.group(1))) {
                    unknown.add(TREE.relativize(file) + ": " + named.group());
                }
            }
        }
        assertThat(unknown).isEmpty();
        assertThat(found).isGreaterThan(100);
    }

    private static List<Path> files() throws IOException {
        List<Path> all = new ArrayList<>();
        for (String place : PLACES) {
            try (Stream<Path> files = Files.walk(TREE.resolve(place))) {
                files.filter(file -> file.toString().matches(".*\\.(md|yaml)"))
                        .filter(file -> !file.toString().contains("/target/"))
                        .forEach(all::add);
            }
        }
        return all;
    }
}
