package dev.plimsoll.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** Real processes of the system's shell; each of them ends by itself when its input ends. */
@Timeout(60)
class ProcessGroupTest {

    private static final List<String> SERVES = shell("echo READY host:7; exec cat");

    @TempDir
    Path logs;

    private final List<String> said = new ArrayList<>();
    private final AtomicInteger closed = new AtomicInteger();
    private ProcessGroup group;

    @AfterEach
    void close() {
        if (group != null) {
            group.close();
        }
    }

    @Test
    void readyIsWhatTheProcessPrints() throws Exception {
        group = ProcessGroup.unsupervised(logs);
        group.start("a", SERVES);
        assertThat(group.awaitReady("a", Duration.ofSeconds(20))).contains("host:7");
        assertThat(group.firstEnded()).isEmpty();
        group.start("b", shell("echo no luck; exit 3"));
        assertThat(group.awaitReady("b", Duration.ofSeconds(20))).isEmpty();
        assertThat(group.firstEnded()).hasValueSatisfying(gone -> {
            assertThat(gone.name()).isEqualTo("b");
            assertThat(gone.exitCode()).isEqualTo(3);
            assertThat(gone.lastLine()).isEqualTo("no luck");
        });
        assertThat(group.tails()).contains("READY host:7").contains("no luck");
        assertThatThrownBy(() -> group.start("a", SERVES)).hasMessageContaining("'a' already");
    }

    @Test
    void whoIsKilledComesBackWhenItIsTime() throws Exception {
        supervised();
        group.start("a", SERVES);
        long first = group.pids().get("a");
        group.kill("a", 3_000);
        group.tick();
        assertThat(group.pids()).isEmpty();
        assertThat(group.isUp("a")).isFalse();
        until(() -> group.isUp("a"));
        assertThat(group.pids().get("a")).isNotEqualTo(first);
        group.kill("a", 1_000_000);
        group.restoreAll();
        assertThat(group.isUp("a")).isTrue();
        assertThat(group.kills()).hasSize(2);
        assertThat(group.starts()).hasSize(3);
        assertThat(group.ended()).isEmpty();
    }

    @Test
    void whoIsFrozenGoesOnWhenItIsTime() throws Exception {
        supervised();
        group.start("a", SERVES);
        group.freeze("a", 300);
        // a signal takes a while to arrive; only a tick would end the freezing
        while (!state("a").equals("T")) {
            Thread.sleep(5);
        }
        assertThat(group.isUp("a")).isFalse();
        until(() -> group.isUp("a"));
        while (state("a").equals("T")) {
            Thread.sleep(5);
        }
        group.freeze("a", 1_000_000);
        group.close(); // which a frozen process does not hold up
        assertThat(group.pids()).isEmpty();
    }

    @Test
    void whoLeavesComesBackAndWhoIsRemovedDoesNot() throws Exception {
        supervised();
        group.start("a", SERVES);
        group.start("b", SERVES);
        group.leave("a", 100);
        group.remove("b");
        until(() -> group.isUp("a"));
        until(() -> !group.pids().containsKey("b"));
        group.kill("a", 1_000_000);
        group.remove("a");
        group.restoreAll();
        assertThat(group.pids()).isEmpty();
        assertThat(group.starts()).extracting(ActionTime::process).containsExactly("a", "b", "a");
        assertThat(group.ended()).isEmpty();
    }

    @Test
    void whoEndsByItselfIsStartedAgainUntilTheyMayEnd() throws Exception {
        supervised();
        group.start("a", shell("echo done; exit 7"));
        until(() -> group.starts().size() == 2);
        assertThat(said.getFirst()).contains("a ended by itself with exit code 7", "again: done");
        assertThat(group.ended().getFirst().exitCode()).isEqualTo(7);
        group.letThemEnd();
        until(() -> group.pids().isEmpty());
        int starts = group.starts().size();
        group.tick();
        assertThat(group.starts()).hasSize(starts);
    }

    @Test
    void stopsByTheBeginningOfTheNameAndClosesOnce() throws Exception {
        supervised();
        for (String name : List.of(ProcessGroup.BROKER, "worker-1", "worker-2")) {
            group.start(name, SERVES);
        }
        group.stop("worker");
        assertThat(group.pids()).containsOnlyKeys(ProcessGroup.BROKER);
        group.tick();
        assertThat(group.pids()).containsOnlyKeys(ProcessGroup.BROKER);
        group.close();
        group.close();
        assertThat(group.pids()).isEmpty();
        assertThat(closed).hasValue(1);
    }

    private void supervised() {
        group = ProcessGroup.supervised(logs, said::add, closed::incrementAndGet);
    }

    private void until(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            group.tick();
            Thread.sleep(20);
        }
    }

    /** The system's letter for a process's state, T for stopped. */
    private String state(String name) throws IOException {
        String line = Files.readString(Path.of("/proc/" + group.pids().get(name) + "/stat"));
        return line.substring(line.lastIndexOf(')') + 2).substring(0, 1);
    }

    private static List<String> shell(String script) {
        return List.of("sh", "-c", script);
    }
}
