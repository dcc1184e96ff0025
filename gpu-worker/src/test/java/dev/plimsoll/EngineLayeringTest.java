package dev.plimsoll;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may know what of the engine. */
@AnalyzeClasses(packages = "dev.plimsoll", importOptions = ImportOption.DoNotIncludeTests.class)
class EngineLayeringTest {

    @ArchTest
    static final ArchRule DJL_STAYS_IN_THE_ENGINE = noClasses()
            .that()
            .resideInAPackage("dev.plimsoll.worker..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl..")
            .because("only the engine knows what computes the tensors");

    @ArchTest
    static final ArchRule THE_ENGINE_KNOWS_NEITHER_WORKER_NOR_MESSAGING = noClasses()
            .that()
            .resideInAPackage("dev.plimsoll.engine..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.plimsoll.worker..", "org.apache.kafka..", "io.quarkus..", "io.smallrye..");

    @ArchTest
    static final ArchRule THE_WORKER_SEES_THE_ENGINE_THROUGH_ITS_INTERFACE = noClasses()
            .that()
            .resideInAPackage("dev.plimsoll.worker..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.plimsoll.engine.nativelib..",
                    "dev.plimsoll.engine.script..",
                    "dev.plimsoll.engine.device..",
                    "dev.plimsoll.engine.kernels..",
                    "dev.plimsoll.engine.linear..",
                    "dev.plimsoll.engine.weights..",
                    "dev.plimsoll.engine.pass..");

    @ArchTest
    static final ArchRule LAYOUTS_NEED_NO_ENGINE = classes()
            .that()
            .resideInAPackage("dev.plimsoll.model.hf..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.plimsoll.model.hf..",
                    "dev.plimsoll.wire..",
                    "java..",
                    "com.fasterxml.jackson..");
}
