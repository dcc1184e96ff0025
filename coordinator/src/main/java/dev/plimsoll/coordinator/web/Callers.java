package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;

import io.vertx.core.http.HttpServerRequest;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.ForbiddenException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import java.util.List;

/** Who may change the run over HTTP; who may only look at it is not asked. */
@ApplicationScoped
public class Callers {

    private final Launch launch;
    private final String bound;

    Callers(Launch launch, @ConfigProperty(name = "quarkus.http.host") String bound) {
        this.launch = launch;
        this.bound = bound;
    }

    /** Throws ForbiddenException, with one sentence, when the request is of a stranger's page. */
    void require(HttpServerRequest request) {
        // of HTTP/2 there is no header Host
        String host = request.authority() == null ? null : request.authority().toString();
        new OwnNames(
                        bound,
                        launch.settings()
                                .values()
                                .given(CoordinatorCatalogue.HTTP_NAMES)
                                .orElse(List.of()))
                .refusal(host, request.getHeader("Origin"))
                .ifPresent(why -> {
                    throw new ForbiddenException(Response.status(Response.Status.FORBIDDEN)
                            .type(MediaType.TEXT_PLAIN)
                            .entity(why)
                            .build());
                });
    }
}
