package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.protocol.CapBytes;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.SourceWeight;

import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;

import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Puts what operators ask for into the topic control, where the planner finds it. */
@Path("/api/control")
public class ControlResource {

    private final Launch launch;
    private final Emitter<ProducerRecord<byte[], byte[]>> control;

    ControlResource(
            Launch launch, @Channel("control") Emitter<ProducerRecord<byte[], byte[]>> control) {
        this.launch = launch;
        this.control = control;
    }

    /** What is asked, by the id that the planner's answers carry; null where none is needed. */
    public record Asked(String request) {}

    /**
     * Answers 202 once the broker has it; the planner acts on it soon after. What became of it is
     * in the journal, by the request's id where it has one.
     */
    @POST
    @Path("/{action}")
    public CompletionStage<Response> ask(
            @PathParam("action") String action,
            @QueryParam("name") String name,
            @QueryParam("weight") @DefaultValue("") String weight,
            @QueryParam("bytes") @DefaultValue("") String bytes,
            @QueryParam("evaluation") @DefaultValue("false") boolean evaluation) {
        Control asked = switch (action) {
            case "pause" -> new Control.Pause("rest");
            case "resume" -> new Control.Resume("rest");
            case "finish" -> new Control.Finish("rest");
            case "checkpoint" -> named(name, n -> new Control.Checkpoint(n, request(), "rest"));
            case "rollback" -> named(name, n -> new Control.Rollback(n, request(), "rest"));
            case "source-add" ->
                named(
                        name,
                        n -> evaluation
                                ? new Control.AddSource(n, 1, request(), "rest", true)
                                : new Control.AddSource(n, weight(weight), request(), "rest"));
            case "source-weight" ->
                named(name, n -> new Control.WeighSource(n, weight(weight), request(), "rest"));
            case "source-pause" -> named(name, n -> new Control.PauseSource(n, request(), "rest"));
            case "source-resume" ->
                named(name, n -> new Control.ResumeSource(n, request(), "rest"));
            case "source-remove" ->
                named(name, n -> new Control.RemoveSource(n, request(), "rest"));
            case "drain" -> named(name, n -> new Control.DrainWorker(n, request(), "rest"));
            case "memory-cap" ->
                named(name, n -> new Control.CapMemory(n, capBytes(bytes), request(), "rest"));
            default ->
                throw new NotFoundException("there is no action " + action
                        + "; use pause, resume, finish, checkpoint?name=, rollback?name=, "
                        + "source-add?name=&weight=, source-add?name=&evaluation=true, "
                        + "source-weight?name=&weight=, "
                        + "source-pause?name=, source-resume?name=, source-remove?name=, "
                        + "drain?name= or memory-cap?name=&bytes=");
        };
        return control.send(Wire.CONTROL.toRecord(
                        launch.topics().control(),
                        0,
                        launch.run().runId(),
                        asked,
                        "rest",
                        UUID.randomUUID().toString()))
                .thenApply(sent -> Response.accepted(new Asked(
                                asked instanceof Control.Once once ? once.request() : null))
                        .type(MediaType.APPLICATION_JSON)
                        .build());
    }

    private static String request() {
        return UUID.randomUUID().toString();
    }

    private static int weight(String text) {
        if (!text.matches("[0-9]{1,9}")) {
            throw new BadRequestException("weight '" + text
                    + "' is not usable; give a whole number from 1 to " + SourceWeight.MAX
                    + " as &weight=");
        }
        return Integer.parseInt(text);
    }

    private static long capBytes(String text) {
        try {
            return CapBytes.parse(text);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException(e.getMessage() + "; give it as &bytes=", e);
        }
    }

    private static Control named(String name, Function<String, Control> control) {
        try {
            return control.apply(name == null ? "" : name);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException(e.getMessage() + "; give it as ?name=", e);
        }
    }
}
