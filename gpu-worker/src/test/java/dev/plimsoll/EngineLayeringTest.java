package dev.plimsoll;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;

/** Who may know what of the engine, and that its rooms lie above each other. */
@AnalyzeClasses(packages = "dev.plimsoll", importOptions = ImportOption.DoNotIncludeTests.class)
class EngineLayeringTest {

    /** Each package of this module is a slice of its own. */
    private static final SliceAssignment PACKAGES = new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            boolean here = type.getPackageName().startsWith("dev.plimsoll.engine")
                    || type.getPackageName().startsWith("dev.plimsoll.worker");
            return here ? SliceIdentifier.of(type.getPackageName()) : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "packages";
        }
    };

    @ArchTest
    static final ArchRule NO_PACKAGES_KNOW_EACH_OTHER_IN_A_CIRCLE =
            slices().assignedFrom(PACKAGES).should().beFreeOfCycles();

    @ArchTest
    static final ArchRule EACH_ROOM_KNOWS_ONLY_THOSE_BELOW = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("dev.plimsoll.engine..")
            .layer("programs")
            .definedBy(
                    "dev.plimsoll.engine.bench",
                    "dev.plimsoll.engine.evaluation",
                    "dev.plimsoll.engine.generation")
            .layer("doctor")
            .definedBy("dev.plimsoll.engine.doctor")
            .layer("llama")
            .definedBy("dev.plimsoll.engine.llama")
            .layer("wide")
            .definedBy("dev.plimsoll.engine.wide")
            .layer("stage")
            .definedBy("dev.plimsoll.engine.stage")
            .layer("decode")
            .definedBy("dev.plimsoll.engine.decode")
            .layer("fold")
            .definedBy("dev.plimsoll.engine.fold")
            .layer("pass")
            .definedBy("dev.plimsoll.engine.pass")
            .layer("weights")
            .definedBy("dev.plimsoll.engine.weights")
            .layer("linear")
            .definedBy("dev.plimsoll.engine.linear")
            .layer("kernels")
            .definedBy("dev.plimsoll.engine.kernels")
            .layer("device")
            .definedBy("dev.plimsoll.engine.device")
            .layer("script")
            .definedBy("dev.plimsoll.engine.script")
            .layer("nativelib")
            .definedBy("dev.plimsoll.engine.nativelib")
            .layer("interface")
            .definedBy("dev.plimsoll.engine")
            .whereLayer("programs")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("doctor")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("llama")
            .mayOnlyBeAccessedByLayers("programs", "doctor")
            .whereLayer("wide")
            .mayOnlyBeAccessedByLayers("programs", "llama", "doctor")
            .whereLayer("stage")
            .mayOnlyBeAccessedByLayers("llama", "wide")
            .whereLayer("decode")
            .mayOnlyBeAccessedByLayers("programs", "llama")
            .whereLayer("fold")
            .mayOnlyBeAccessedByLayers("llama", "wide", "stage")
            .whereLayer("pass")
            .mayOnlyBeAccessedByLayers("llama", "wide", "stage", "fold")
            .whereLayer("weights")
            .mayOnlyBeAccessedByLayers("llama", "wide", "stage", "fold", "pass", "decode")
            .whereLayer("linear")
            .mayOnlyBeAccessedByLayers(
                    "llama", "wide", "stage", "fold", "pass", "weights", "decode")
            .whereLayer("kernels")
            .mayOnlyBeAccessedByLayers(
                    "llama", "wide", "stage", "fold", "pass", "weights", "linear", "doctor")
            .whereLayer("device")
            .mayOnlyBeAccessedByLayers(
                    "llama", "wide", "stage", "fold", "pass", "weights", "linear", "kernels",
                    "decode", "doctor")
            .whereLayer("script")
            .mayOnlyBeAccessedByLayers(
                    "llama", "wide", "stage", "fold", "pass", "weights", "linear", "kernels",
                    "device", "decode", "doctor")
            .whereLayer("nativelib")
            .mayOnlyBeAccessedByLayers(
                    "wide", "fold", "pass", "weights", "linear", "kernels", "device", "script",
                    "doctor")
            .whereLayer("interface")
            .mayNotAccessAnyLayer();

    @ArchTest
    static final ArchRule DJL_STAYS_IN_ONE_ROOM = noClasses()
            .that()
            .resideOutsideOfPackages("dev.plimsoll.engine.script", "dev.plimsoll.model.text")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl..")
            .because("only there libtorch's two versions are told apart");

    @ArchTest
    static final ArchRule C_IS_BOUND_IN_ONE_ROOM = noClasses()
            .that()
            .resideOutsideOfPackage("dev.plimsoll.engine.nativelib")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.foreign.Linker")
            .because("a foreign function has its typed method there");

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
                    "dev.plimsoll.engine.pass..",
                    "dev.plimsoll.engine.decode..",
                    "dev.plimsoll.engine.fold..",
                    "dev.plimsoll.engine.doctor..");

    @ArchTest
    static final ArchRule LAYOUTS_NEED_NO_ENGINE = classes()
            .that()
            .resideInAPackage("dev.plimsoll.model.hf..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.plimsoll.model.hf..",
                    "dev.plimsoll.model.files..",
                    "dev.plimsoll.wire..",
                    "java..",
                    "com.fasterxml.jackson..");
}
