package dev.plimsoll.coordinator.shell;

import dev.plimsoll.coordinator.start.Launch;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.vertx.http.HttpServer;

/** Starts the roles, says where the page is, and waits for the end. */
public final class CoordinatorApp implements QuarkusApplication {

    private final RoleThreads roles;
    private final ProcessEnder ender;
    private final HttpServer http;

    CoordinatorApp(RoleThreads roles, ProcessEnder ender, HttpServer http) {
        this.roles = roles;
        this.ender = ender;
        this.http = http;
    }

    @Override
    public int run(String... args) {
        roles.start(Launch.current());
        System.out.println("READY http://localhost:" + http.getPort());
        System.out.flush();
        Quarkus.waitForExit();
        roles.stop();
        return ender.exitCode();
    }
}
