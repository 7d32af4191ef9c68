namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>One place that breaks a rule: where it is, and what is wrong there in a sentence.</summary>
internal sealed record Violation(string Path, int Line, string Message)
{
    public override string ToString() => Line > 0 ? $"{Path}:{Line}: {Message}" : $"{Path}: {Message}";

    /// <summary>Fails the running test with the rule and every place that breaks it.</summary>
    public static void AssertNone(string rule, IEnumerable<Violation> violations)
    {
        List<string> lines = [.. violations.Select(violation => violation.ToString()).Distinct().Order(StringComparer.Ordinal)];
        if (lines.Count > 0)
        {
            Assert.Fail($"Rule: {rule}\n{lines.Count} violation(s):\n{string.Join('\n', lines)}");
        }
    }
}
