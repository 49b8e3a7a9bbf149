using System.CommandLine;

return await new RootCommand("MixMq's benchmarks. Figures are ratios within one run: machines are noisy.").Parse(args).InvokeAsync();
