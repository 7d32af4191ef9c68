using System.Diagnostics;
using System.Text.Json;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>The embedded broker in a process of its own, which ends with this one: it reads the pipe that this process holds.</summary>
internal sealed class BrokerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private BrokerProcess(Process process, string bootstrapServers)
    {
        _process = process;
        BootstrapServers = bootstrapServers;
    }

    public string BootstrapServers { get; }

    public static async Task<BrokerProcess> StartAsync(CancellationToken token)
    {
        ProcessStartInfo info = new(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            info.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "hpk.dll"));
        }

        foreach (string argument in (string[])["broker", "--port", "0", "--json", "--until-eof"])
        {
            info.ArgumentList.Add(argument);
        }

        Process process = Process.Start(info) ?? throw new InvalidOperationException("The embedded broker could not be started.");
        try
        {
            string? line = await process.StandardOutput.ReadLineAsync(token);
            if (line is null)
            {
                throw new InvalidOperationException("The embedded broker ended before it listened.");
            }

            using JsonDocument document = JsonDocument.Parse(line);
            return new BrokerProcess(process, document.RootElement.GetProperty("bootstrapServers").GetString()!);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
