package dev.plimsoll.coordinator.planner.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.TestRun;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;

import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;

import javax.management.ObjectName;

/** What a shell does when it cannot start; what it does otherwise is CoordinatorTest's. */
class PlannerShellTest {

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());

    @Test
    void whatWasOpenedIsClosedWhenTheStartFails() throws Exception {
        try (Admin admin = clients.admin("test-topics")) {
            TopicAdmin.ensure(admin, topics, 1, 1);
        }
        PlannerShell.Setup good = new Coordinator(clients, topics, TestRun.settings("run"))
                .setup(new Coordinator.LastView());
        PlannerShell.Setup failing = new PlannerShell.Setup(
                good.clients(),
                good.topics(),
                good.run(),
                good.peaks(),
                good.incarnation(),
                good.rejections(),
                state -> {
                    assertThat(isOpen("consumer", "plimsoll-planner-reader")).isTrue();
                    throw new IllegalArgumentException("nobody can view this");
                });
        assertThatThrownBy(() -> new PlannerShell(failing))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(isOpen("consumer", "plimsoll-planner-reader")).isFalse();
        assertThat(isOpen("producer", topics.prefix() + "-planner-writer")).isFalse();
    }

    /** Kafka's clients are registered under their id from their construction to their close. */
    private static boolean isOpen(String kind, String clientId) {
        try {
            return ManagementFactory.getPlatformMBeanServer()
                    .isRegistered(
                            new ObjectName("kafka." + kind + ":type=app-info,id=" + clientId));
        } catch (javax.management.MalformedObjectNameException e) {
            throw new IllegalArgumentException(clientId, e);
        }
    }
}
