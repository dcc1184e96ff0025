package dev.plimsoll.coordinator.shell;

import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.model.hf.ModelRemarks;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.vertx.http.HttpServer;

import org.jboss.logging.Logger;

/** Starts the roles, says where the page is, and waits for the end. */
public final class CoordinatorApp implements QuarkusApplication {

    private static final Logger LOG = Logger.getLogger(CoordinatorApp.class);

    private final Launch launch;
    private final RoleThreads roles;
    private final ProcessEnder ender;
    private final HttpServer http;

    CoordinatorApp(Launch launch, RoleThreads roles, ProcessEnder ender, HttpServer http) {
        this.launch = launch;
        this.roles = roles;
        this.ender = ender;
        this.http = http;
    }

    @Override
    public int run(String... args) {
        ModelRemarks.of(launch.model().directory()).forEach(LOG::warn);
        launch.model().start().ifPresent(from -> from.remarks(launch.run()).forEach(LOG::warn));
        roles.start(launch);
        System.out.println("READY http://localhost:" + http.getPort());
        System.out.flush();
        Quarkus.waitForExit();
        roles.stop();
        return ender.exitCode().number();
    }
}
