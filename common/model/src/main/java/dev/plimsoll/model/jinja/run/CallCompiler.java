package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.builtin.Filters;
import dev.plimsoll.model.jinja.builtin.Tests;
import dev.plimsoll.model.jinja.parse.Expr;
import dev.plimsoll.model.jinja.value.Args;
import dev.plimsoll.model.jinja.value.Dict;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Fn;
import dev.plimsoll.model.jinja.value.Py;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.Types;
import dev.plimsoll.model.jinja.value.Undef;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes code of calls, filters and tests. */
final class CallCompiler {

    /** Arguments, ready to run. */
    interface ArgsCode {
        Args eval(Scope scope);
    }

    /** In operations, of one call. */
    private static final int COST = 6;

    private CallCompiler() {}

    /** @param caller what is passed as {@code caller}, or null */
    static Code call(Expr.Call call, Frame frame, Code caller) {
        Code callee = ExprCompiler.code(call.callee(), frame);
        ArgsCode arguments = arguments(call.arguments(), frame);
        return ExprCompiler.at(call.line(), scope -> {
            Object function = callee.eval(scope);
            Args args = arguments.eval(scope);
            scope.state.budget.steps(COST);
            return run(function, caller == null ? args : args.with("caller", caller.eval(scope)));
        });
    }

    private static Object run(Object function, Args args) {
        return switch (function) {
            case Fn fn -> fn.call(args);
            case Undef undef -> throw undef.failure();
            case null, default -> throw Failure.type(Types.name(function) + " cannot be called");
        };
    }

    static Code filter(Expr.Filter filter, Code of, Frame frame) {
        ArgsCode arguments = arguments(filter.arguments(), frame);
        String name = filter.name();
        Filters.Filter known = null;
        Failure unknown = Failure.type("the filter '" + name + "' is not known").at(filter.line());
        try {
            known = Filters.get(name);
        } catch (Failure unsupported) {
            unknown = unsupported.at(filter.line());
        }
        if (known == null) {
            return refused(of, arguments, unknown, frame);
        }
        Filters.Filter found = known;
        return ExprCompiler.at(filter.line(), scope -> {
            scope.state.budget.steps(COST);
            Object value = of.eval(scope);
            return found.apply(scope.state.env, arguments.eval(scope).after(value));
        });
    }

    static Code test(Expr.Test test, Frame frame) {
        Code of = ExprCompiler.code(test.of(), frame);
        ArgsCode arguments = arguments(test.arguments(), frame);
        Tests.Test known = Tests.get(test.name());
        if (known == null) {
            Failure unknown = Failure.type("the test '" + test.name() + "' is not known");
            return refused(of, arguments, unknown.at(test.line()), frame);
        }
        return ExprCompiler.at(test.line(), scope -> {
            scope.state.budget.steps(COST);
            Object value = of.eval(scope);
            return known.apply(scope.state.env, arguments.eval(scope).after(value));
        });
    }

    private static Code refused(Code of, ArgsCode arguments, Failure failure, Frame frame) {
        if (!frame.soft()) {
            throw failure.kind() == Failure.Kind.UNSUPPORTED
                    ? failure
                    : new Failure(Failure.Kind.SYNTAX, failure.line(), failure.getMessage());
        }
        return scope -> {
            of.eval(scope);
            arguments.eval(scope);
            throw failure;
        };
    }

    private static ArgsCode arguments(Expr.Arguments arguments, Frame frame) {
        Code[] places = ExprCompiler.codes(arguments.places(), frame);
        Code[] named = ExprCompiler.codes(arguments.named(), frame);
        List<String> names = arguments.names();
        if (arguments.star() == null && arguments.starStar() == null) {
            if (places.length == 0 && named.length == 0) {
                return scope -> Args.NONE;
            }
            return scope -> new Args(
                    Arrays.asList(ExprCompiler.values(places, scope)), byName(names, named, scope));
        }
        Code star = arguments.star() == null ? null : ExprCompiler.code(arguments.star(), frame);
        Code starStar = arguments.starStar() == null
                ? null
                : ExprCompiler.code(arguments.starStar(), frame);
        return scope -> {
            List<Object> all = new ArrayList<>(Arrays.asList(ExprCompiler.values(places, scope)));
            Map<String, Object> byName = new LinkedHashMap<>(byName(names, named, scope));
            if (star != null) {
                Iterator<Object> more = Py.iterate(
                        star.eval(scope), "the arguments after '*' are", scope.state.budget);
                more.forEachRemaining(all::add);
            }
            if (starStar != null) {
                addNamed(starStar.eval(scope), byName);
            }
            return new Args(all, byName);
        };
    }

    private static Map<String, Object> byName(List<String> names, Code[] named, Scope scope) {
        if (named.length == 0) {
            return Map.of();
        }
        Map<String, Object> byName = new LinkedHashMap<>();
        for (int i = 0; i < named.length; i++) {
            byName.put(names.get(i), named[i].eval(scope));
        }
        return byName;
    }

    private static void addNamed(Object given, Map<String, Object> byName) {
        if (!(given instanceof Dict dict)) {
            throw Failure.type(
                    "the argument after '**' is " + Types.name(given) + " and no dictionary");
        }
        for (Dict.Entry entry : dict.entries()) {
            if (!(entry.key() instanceof Str name)) {
                throw Failure.type("the names after '**' must be strings");
            }
            if (byName.containsKey(name.string())) {
                throw Failure.type("'" + name + "' is given twice");
            }
            byName.put(name.string(), entry.value());
        }
    }
}
