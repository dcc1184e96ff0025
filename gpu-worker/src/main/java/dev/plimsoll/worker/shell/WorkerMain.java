package dev.plimsoll.worker.shell;

import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.process.Debugging;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.settings.SettingProblem;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

/**
 * Starts a worker. What a person can mend is checked before Quarkus starts, and said in one
 * sentence on stderr.
 */
@QuarkusMain
public final class WorkerMain {

    private WorkerMain() {}

    public static void main(String... arguments) {
        StartedWorker started;
        try {
            WorkerSettings settings =
                    WorkerSettings.read(System.getProperties(), System.getenv(), arguments);
            settings.publish();
            started = StartedWorker.prepare(settings);
        } catch (BrokerProblem e) {
            exit(ExitCode.BROKER, e);
            return;
        } catch (SettingProblem e) {
            exit(e.exitCode(), e);
            return;
        } catch (IllegalArgumentException | ModelException e) {
            exit(ExitCode.INPUT, e);
            return;
        } catch (RuntimeException | Error e) {
            Debugging.tell(e);
            System.err.println(
                    "the worker cannot start, and should say why better than this: " + e);
            System.exit(ExitCode.INTERNAL.number());
            return;
        }
        ScopedValue.where(WorkerApplication.STARTED, started)
                .run(() -> Quarkus.run(WorkerApplication.class, arguments));
    }

    private static void exit(ExitCode code, Exception problem) {
        Debugging.tell(problem);
        System.err.println("plimsoll worker: " + problem.getMessage());
        System.exit(code.number());
    }
}
