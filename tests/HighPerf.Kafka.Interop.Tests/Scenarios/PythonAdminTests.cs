using System.Text.Json;

namespace HighPerf.Kafka.Interop.Tests.Scenarios;

/// <summary>The admin client of python3-kafka.</summary>
public sealed class PythonAdminTests
{
    [SkippableFact]
    public Task The_admin_client_does_what_it_can() => PythonScenario.RunAsync(async scenario =>
    {
        using JsonDocument seen = await PythonScenario.PlayAsync(scenario, "python_admin.py");
        (string Name, string Value)[] expected =
        [
            ("brokers", "[1, 2, 3]"), ("taken", "\"TopicAlreadyExistsError\""), ("topics", "[\"small\", \"wide\"]"),
            ("partitions", "[[1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]]"), ("retention", "\"1234\""), ("altered", "\"4321\""),
            ("ends", "[0, 5]"), ("time", "2"), ("late", "null"), ("values", "\"0 1 2 3 4\""), ("committed", "5"), ("groups", "[\"g\"]"),
            ("deleted", "[\"NoError\"]"), ("after", "[]"), ("gone", "\"UnknownTopicOrPartitionError\""), ("left", "[\"wide\"]"),
        ];
        Assert.Equal(expected, seen.RootElement.EnumerateObject().Select(static property => (property.Name, property.Value.GetRawText())));
    });
}
