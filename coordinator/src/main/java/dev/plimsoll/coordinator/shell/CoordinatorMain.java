package dev.plimsoll.coordinator.shell;

import dev.plimsoll.coordinator.start.CoordinatorSettings;
import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.coordinator.start.ListenAddress;
import dev.plimsoll.coordinator.start.PagePort;
import dev.plimsoll.coordinator.start.Preflight;
import dev.plimsoll.coordinator.start.PrivateDirectory;
import dev.plimsoll.coordinator.start.Role;
import dev.plimsoll.coordinator.start.StartProblem;
import dev.plimsoll.wire.process.Debugging;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.process.LogProperties;
import dev.plimsoll.wire.settings.ProcessCatalogue;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Checks everything that can be wrong, then starts Quarkus with its channels. Settings come from
 * the command line ({@code --name=value} and {@code --flag}), the system properties
 * {@code plimsoll.*} and the environment.
 */
@QuarkusMain
public final class CoordinatorMain {

    CoordinatorMain() {}

    public static void main(String... args) {
        Launch launch;
        try {
            CoordinatorSettings settings =
                    CoordinatorSettings.read(System.getProperties(), System.getenv(), args);
            ListenAddress.require(settings, System.getProperties(), System.getenv());
            new PagePort(System.getProperties(), System.getenv(), Path.of("")).require();
            launch = new Preflight(settings).check();
            publish(settings);
            // Vert.x would share one with everybody on the machine
            Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
            Path web = PrivateDirectory.open(temporary).path().resolve("web");
            System.setProperty("quarkus.vertx.cache-directory", web.toString());
        } catch (StartProblem e) {
            Debugging.tell(e);
            System.err.println(e.getMessage());
            System.exit(e.exitCode().number());
            return;
        } catch (RuntimeException | Error e) {
            Debugging.tell(e);
            System.err.println(
                    "the coordinator cannot start, and should say why better than this: " + e);
            System.exit(ExitCode.INTERNAL.number());
            return;
        }
        ScopedValue.where(LaunchBean.CHECKED, launch).run(() -> Quarkus.run(CoordinatorApp.class));
    }

    /**
     * What the channels need to know; they read it when Quarkus starts. Properties of this process
     * are seen by nobody else.
     */
    private static void publish(CoordinatorSettings settings) {
        settings.clients()
                .extra()
                .forEach((name, value) -> System.setProperty("kafka." + name, literal(value)));
        System.setProperty("kafka.bootstrap.servers", settings.clients().bootstrap());
        System.setProperty("plimsoll.prefix", settings.topics().prefix());
        LogProperties.publish(LogProperties.of(
                settings.get(ProcessCatalogue.LOG_LEVEL),
                settings.get(ProcessCatalogue.LOG_FORMAT),
                Map.of(
                        "role",
                        settings.roles().stream()
                                .map(role -> role.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(",")),
                        "prefix",
                        settings.topics().prefix())));
        boolean ingest = settings.roles().contains(Role.INGEST);
        System.setProperty("mp.messaging.incoming.samples.enabled", Boolean.toString(ingest));
    }

    /** A password may look like an expression of Quarkus. */
    private static String literal(String value) {
        return value.replace("${", "\\${");
    }
}
