package dev.plimsoll.coordinator.shell;

import dev.plimsoll.coordinator.start.Launch;

import io.quarkus.runtime.StartupEvent;

import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Makes a bean of what main has checked before it started Quarkus. */
@ApplicationScoped
public class LaunchBean {

    /** Before the channels, which begin to read when they observe the start. */
    private static final int FIRST = 1;

    /**
     * Bound by main while Quarkus runs: Quarkus makes the application itself and is given a class,
     * but it does so on main's thread.
     */
    static final ScopedValue<Launch> CHECKED = ScopedValue.newInstance();

    private volatile Launch launch;

    void take(@Observes @Priority(FIRST) StartupEvent started) {
        launch = CHECKED.get();
    }

    @Produces
    @Singleton
    Launch launch() {
        return launch;
    }
}
