package dev.plimsoll.coordinator.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

class PrivateDirectoryTest {

    @TempDir
    Path temporary;

    @Test
    void onlyItsUserMayEnterIt() throws IOException {
        PrivateDirectory own = PrivateDirectory.open(temporary);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own.path())))
                .isEqualTo("rwx------");
        own.remove();
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void whatAKilledProcessLeftIsRemovedAndWhatALivingOneHoldsStays() throws IOException {
        Path left = Files.createDirectory(temporary.resolve("plimsoll-coordinator-killed"));
        Files.createFile(left.resolve("lock"));
        Files.createDirectories(left.resolve("web/deep"));
        Files.writeString(left.resolve("web/deep/index.html"), "page");
        Path precious = Files.createDirectory(temporary.resolve("mine"));
        Files.createSymbolicLink(left.resolve("web/link"), precious);
        Files.writeString(precious.resolve("file"), "stays");
        Path foreign = Files.createDirectory(temporary.resolve("plimsoll-coordinator-notes"));

        PrivateDirectory living = PrivateDirectory.open(temporary);
        PrivateDirectory second = PrivateDirectory.open(temporary);

        assertThat(left).doesNotExist();
        assertThat(precious.resolve("file")).exists();
        assertThat(foreign).exists();
        assertThat(living.path()).exists();
        assertThat(second.path()).exists();
        living.remove();
        second.remove();
    }

    @Test
    void aTemporaryDirectoryThatCannotBeUsedIsNamed() {
        Path none = temporary.resolve("none");
        assertThatThrownBy(() -> PrivateDirectory.open(none))
                .isInstanceOf(StartProblem.class)
                .hasMessageContaining("the temporary directory " + none + " cannot be used");
    }
}
