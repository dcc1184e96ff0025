package dev.plimsoll.coordinator.shell;

import dev.plimsoll.coordinator.kafka.ExitCodes;
import dev.plimsoll.coordinator.start.CoordinatorConfig.Role;
import dev.plimsoll.coordinator.start.CoordinatorSettings;
import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.coordinator.start.Preflight;
import dev.plimsoll.coordinator.start.StartProblem;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

/**
 * Checks everything that can be wrong, then starts Quarkus with its channels. CoordinatorSettings
 * are system properties or the environment; {@code --name=value} and {@code --flag} on the command
 * line stand for {@code -Dplimsoll.name=value}.
 */
@QuarkusMain
public final class CoordinatorMain {

    CoordinatorMain() {}

    public static void main(String... args) {
        try {
            options(args);
            CoordinatorSettings settings = CoordinatorSettings.read();
            Launch launch = new Preflight(settings).check();
            publish(settings);
            Launch.set(launch);
        } catch (StartProblem e) {
            System.err.println(e.getMessage());
            System.exit(e.exitCode());
            return;
        } catch (RuntimeException | LinkageError e) {
            System.err.println(
                    "the coordinator cannot start, and should say why better than this: " + e);
            System.exit(ExitCodes.INTERNAL);
            return;
        }
        Quarkus.run(CoordinatorApp.class);
    }

    static void options(String... args) {
        for (String arg : args) {
            if (!arg.startsWith("--")) {
                throw new StartProblem(
                        ExitCodes.SETTINGS,
                        "argument '" + arg + "' is not understood; settings are --name=value");
            }
            int equals = arg.indexOf('=');
            String name = equals < 0 ? arg.substring(2) : arg.substring(2, equals);
            System.setProperty("plimsoll." + name, equals < 0 ? "true" : arg.substring(equals + 1));
        }
    }

    /** What the channels need to know; they read it when Quarkus starts. */
    private static void publish(CoordinatorSettings settings) {
        System.setProperty("kafka.bootstrap.servers", settings.bootstrap());
        boolean ingest = settings.config().roles().contains(Role.INGEST);
        System.setProperty("mp.messaging.incoming.samples.enabled", Boolean.toString(ingest));
    }
}
