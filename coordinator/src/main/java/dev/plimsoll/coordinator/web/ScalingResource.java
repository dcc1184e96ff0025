package dev.plimsoll.coordinator.web;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** For an autoscaler, such as KEDA's trigger {@code metrics-api}. */
@Path("/api/autoscaling")
@Produces(MediaType.APPLICATION_JSON)
public class ScalingResource {

    private final ScalingView scaling;

    ScalingResource(ScalingView scaling) {
        this.scaling = scaling;
    }

    /** 503 while nobody can say: the autoscaler should then leave the fleet as it is. */
    @GET
    public ScalingView.Answer answer() {
        return scaling.answer()
                .orElseThrow(() -> new WebApplicationException(
                        Response.status(Response.Status.SERVICE_UNAVAILABLE)
                                .type(MediaType.TEXT_PLAIN)
                                .entity("no planner is in this process, or it still replays its "
                                        + "journal; ask the one with the role plan")
                                .build()));
    }
}
