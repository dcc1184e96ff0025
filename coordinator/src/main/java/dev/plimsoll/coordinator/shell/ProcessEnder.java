package dev.plimsoll.coordinator.shell;

import dev.plimsoll.coordinator.kafka.ProcessEnd;
import dev.plimsoll.wire.process.Debugging;
import dev.plimsoll.wire.process.ExitCode;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.Quarkus;

import jakarta.enterprise.context.ApplicationScoped;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** Ends this process in good order, or by force when that takes too long. */
@ApplicationScoped
public class ProcessEnder implements ProcessEnd {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile ExitCode exitCode = ExitCode.DONE;

    @Override
    public void end(ExitCode code, String what, Throwable cause) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        exitCode = code;
        Debugging.tell(cause);
        // the sentence is the last line
        System.err.println(what);
        Quarkus.asyncExit(code.number());
        if (LaunchMode.current() != LaunchMode.NORMAL) {
            // the process belongs to the tests
            return;
        }
        Thread.ofPlatform().daemon().name("end-by-force").start(() -> {
            try {
                Thread.sleep(PATIENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Runtime.getRuntime().halt(code.number());
        });
    }

    ExitCode exitCode() {
        return exitCode;
    }
}
